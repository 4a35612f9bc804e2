#pragma once

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Validates settings against each other, as far as that requires neither data nor platform files.
/// Throws InputError at the offending setting; `place` is the location of the scenario.
void check(const Scenario& scenario, const JsonLocation& place);

}  // namespace gradwire::scenario
