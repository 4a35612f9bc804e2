#pragma once

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Refuses the keys of other objects that belong to a server. `place`: of the scenario. Throws
/// InputError.
void check_absence_of_server(const Scenario& scenario, const JsonLocation& place);

}  // namespace gradwire::scenario
