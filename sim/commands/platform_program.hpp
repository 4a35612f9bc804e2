#pragma once

#include <string>
#include <vector>

#include "sim/experiment/experiment_file.hpp"

namespace gradwire::commands {

/// The hosts of a SimGrid platform file, as ranges ("node-[0-99]"). Throws InputError for a file
/// that SimGrid cannot load.
[[nodiscard]] std::vector<std::string> hosts_of(const std::string& file);

/// Builds the network of each different platform file of the plan, without simulating anything.
/// Throws InputError, at the setting where there is one, for what only SimGrid shows to be wrong:
/// values, hosts, routes, watts.
void require_networks(const experiment::Plan& plan);

}  // namespace gradwire::commands
