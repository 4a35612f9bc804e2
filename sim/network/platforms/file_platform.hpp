#pragma once

#include <string>
#include <vector>

#include "sim/network/config.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/network/platforms/platform_file.hpp"

namespace gradwire::network {

/// Loads the SimGrid platform file of `config` into the running engine. `in_force`: the SimGrid
/// settings that the scenario determines. server_shards: S. Throws InputError, with the file and
/// the element, for a file that SimGrid or its network models cannot use, for an unknown host, and
/// for a missing route.
[[nodiscard]] Platform load_platform(const PlatformConfig& config,
                                     const std::vector<SimGridSetting>& in_force,
                                     int server_shards = 1);

/// All hosts of a platform file, in SimGrid's order. Throws InputError as load_platform() does.
[[nodiscard]] std::vector<Host> load_hosts(const std::string& path);

}  // namespace gradwire::network
