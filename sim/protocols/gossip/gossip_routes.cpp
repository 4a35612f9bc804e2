#include "sim/protocols/gossip/gossip_routes.hpp"

#include <set>

namespace gradwire::protocols {

network::Routes gossip_routes(const network::Platform& platform,
                              const std::vector<std::pair<int, int>>& directed_edges) {
  network::Routes routes;
  std::set<std::pair<network::Host, network::Host>> known;
  for (const auto& [from, to] : directed_edges) {
    const std::pair route(platform.workers.at(static_cast<std::size_t>(from)),
                          platform.workers.at(static_cast<std::size_t>(to)));
    if (route.first != route.second && known.insert(route).second) routes.push_back(route);
  }
  return routes;
}

}  // namespace gradwire::protocols
