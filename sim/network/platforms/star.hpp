#pragma once

#include <optional>

#include "sim/network/config.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::network {

/// Builds the star of `config` in the running engine: each worker has its own link to the server
/// and its own link back. The server's own port is the bottleneck only if the configuration gives
/// its bandwidth; each of `server_shards` hosts has one.
[[nodiscard]] Platform build_star(const PlatformConfig& config, int workers,
                                  const std::optional<EnergyConfig>& energy, int server_shards);

}  // namespace gradwire::network
