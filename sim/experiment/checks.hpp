#pragma once

#include "sim/experiment/place.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

/// Settings against each other, as far as that needs neither data nor platform files. Throws
/// InputError at the setting that is to blame; `place` is the scenario's.
void check(const Scenario& scenario, const Place& place);

}  // namespace gradwire::experiment
