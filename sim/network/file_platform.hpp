#pragma once

#include <string>
#include <vector>

#include "sim/network/config.hpp"
#include "sim/network/platform.hpp"
#include "sim/network/platform_file.hpp"

namespace gradwire::network {

/// Loads the SimGrid platform file of `config` into the running engine. `in_force`: the
/// settings of SimGrid that the scenario decides. Throws InputError, with the file and the element,
/// for a file that SimGrid or its network models cannot work with, a host that the file does not
/// have, and a route that is missing.
[[nodiscard]] Platform load_platform(const PlatformConfig& config,
                                     const std::vector<SimGridSetting>& in_force);

/// All hosts of a platform file, in SimGrid's order. Throws InputError as load_platform() does.
[[nodiscard]] std::vector<Host> load_hosts(const std::string& path);

}  // namespace gradwire::network
