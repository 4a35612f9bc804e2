#pragma once

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Checks that decentralised methods and protocol.kind gossip go together, and the graph and what
/// else such a scenario says. `place`: of the scenario. Throws InputError.
void check_gossip(const Scenario& scenario, const JsonLocation& place);

}  // namespace gradwire::scenario
