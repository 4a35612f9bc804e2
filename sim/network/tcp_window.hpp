#pragma once

#include <cstddef>
#include <optional>

#include "sim/core/units.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::network {

/// Where SimGrid's bound for TCP's window, gamma / (2 latency), is below the bandwidth of a route's
/// narrowest link, for a message between the server and a worker that has the route to itself.
struct WindowLimit {
  Bytes window;             ///< gamma: network_factors.tcp_gamma
  std::size_t workers = 0;  ///< M
  std::size_t limited = 0;  ///< of these
  BytesPerSecond least;     ///< smallest of the limited workers' bounds
  BytesPerSecond most;      ///< largest
};

/// Nothing where the bound limits nobody.
[[nodiscard]] std::optional<WindowLimit> tcp_window_limit(const Simulation& simulation,
                                                          const Platform& platform);

}  // namespace gradwire::network
