#pragma once

#include <cstddef>
#include <optional>

#include "sim/core/units.hpp"
#include "sim/network/contention.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::network {

/// Effect of SimGrid's bound for TCP's window, gamma / (2 latency). A worker is limited if the
/// bound is below the bandwidth of the narrowest link of a route of its messages; for a message
/// that is alone on the route.
struct WindowLimit {
  Bytes window;             ///< gamma: network_factors.tcp_gamma
  std::size_t workers = 0;  ///< M
  std::size_t limited = 0;  ///< how many of them are limited
  BytesPerSecond least;     ///< smallest of the limited workers' bounds
  BytesPerSecond most;      ///< largest
};

/// Of messages between the server and each worker; nullopt if no worker is limited.
[[nodiscard]] std::optional<WindowLimit> tcp_window_limit(const Simulation& simulation,
                                                          const Platform& platform);
/// Of messages between workers on these routes.
[[nodiscard]] std::optional<WindowLimit> tcp_window_limit(const Simulation& simulation,
                                                          const Platform& platform,
                                                          const Routes& routes);

}  // namespace gradwire::network
