#pragma once

#include <optional>

#include "sim/network/config.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::network {

/// Builds the star of `config` in the running engine: each worker has a link of its own to the
/// server and one back; the server's own port is never the bottleneck.
[[nodiscard]] Platform build_star(const PlatformConfig& config, int workers,
                                  const std::optional<EnergyConfig>& energy);

}  // namespace gradwire::network
