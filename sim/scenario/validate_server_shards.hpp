#pragma once

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Checks what goes together with several shards of the server (D62), and where they are.
void check_server_shards(const Scenario& scenario, const JsonLocation& place);

}  // namespace gradwire::scenario
