#pragma once

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Checks a scenario whose protocol.kind is all_reduce: refuses what needs a server. `place`: of
/// the scenario. Throws InputError.
void check_all_reduce(const Scenario& scenario, const JsonLocation& place);

/// Checks that groups of `size` workers are no larger than all workers. `place`: of the size.
void check_groups_of(const Scenario& scenario, std::int64_t size, const JsonLocation& place);

}  // namespace gradwire::scenario
