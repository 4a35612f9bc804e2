#pragma once

#include <string>
#include <vector>

#include "sim/sweep/experiment_file.hpp"

namespace gradwire::commands {

/// The hosts of a SimGrid platform file, as ranges ("node-[0-99]"). Throws InputError if SimGrid
/// cannot load the file.
[[nodiscard]] std::vector<std::string> hosts_of(const std::string& file);

/// Builds the network of each distinct platform file of the plan, without simulating. Throws
/// InputError, at the setting where there is one, for errors that only SimGrid detects: values,
/// hosts, routes, watts.
void require_networks(const sweep::Plan& plan);

}  // namespace gradwire::commands
