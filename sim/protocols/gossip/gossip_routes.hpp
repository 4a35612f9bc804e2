#pragma once

#include <utility>
#include <vector>

#include "sim/network/contention.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::protocols {

/// The routes of the messages along edges (sender, receiver) between the platform's workers, each
/// once, in the order of the edges. Messages within one host have none.
[[nodiscard]] network::Routes gossip_routes(const network::Platform& platform,
                                            const std::vector<std::pair<int, int>>& directed_edges);

}  // namespace gradwire::protocols
