#pragma once

#include <optional>

#include "sim/network/config.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::network {

/// Builds the star of `config` in the running engine: each worker has its own link to the server
/// and its own link back; the server's own port is never the bottleneck.
[[nodiscard]] Platform build_star(const PlatformConfig& config, int workers,
                                  const std::optional<EnergyConfig>& energy);

}  // namespace gradwire::network
