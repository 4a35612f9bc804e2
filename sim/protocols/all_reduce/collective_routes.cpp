#include "sim/protocols/all_reduce/collective_routes.hpp"

#include <set>

#include "sim/protocols/all_reduce/collective.hpp"

namespace gradwire::protocols {

network::Routes collective_routes(const network::Platform& platform,
                                  const CollectiveConfig& config) {
  network::Routes routes;
  const int nodes = static_cast<int>(platform.workers.size());
  for (int node = 0; node < nodes; ++node) {
    std::set<int> receivers;
    const auto note = [&](const CollectiveStep& step) {
      if (step.sends()) receivers.insert(step.to);
    };
    all_reduce_steps(config, {}, node, nodes, note);
    all_gather_steps(config, node, nodes, note);
    for (const int receiver : receivers) {
      routes.emplace_back(platform.workers[static_cast<std::size_t>(node)],
                          platform.workers[static_cast<std::size_t>(receiver)]);
    }
  }
  return routes;
}

}  // namespace gradwire::protocols
