#pragma once

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Checks that asynchronous methods and protocol.kind asynchronous go together. Throws InputError
/// below `place`, the scenario's.
void check_asynchronous(const Scenario& scenario, const JsonLocation& place);

}  // namespace gradwire::scenario
