#pragma once

#include <utility>
#include <vector>

#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// From which host to which.
using Routes = std::vector<std::pair<Host, Host>>;

/// Which messages could slow each other down when they are under way at the same time.
struct Contention {
  bool between_uploads = false;
  bool between_directions = false;  ///< an upload and a download
};

/// Of messages on these routes, by the links that they pass; rather once too often. What stays
/// inside a host meets nothing.
[[nodiscard]] Contention contention(const Simulation& simulation, const Routes& downloads,
                                    const Routes& uploads);

}  // namespace gradwire::network
