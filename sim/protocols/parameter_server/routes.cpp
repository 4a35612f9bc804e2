#include "sim/protocols/parameter_server/routes.hpp"

#include <stdexcept>

#include "sim/protocols/parameter_server/broadcast.hpp"

namespace gradwire::protocols {
namespace {

network::Routes star_routes(const network::Platform& platform) {
  network::Routes routes;
  for (const network::Host server : platform.servers()) {
    for (const network::Host worker : platform.workers) routes.emplace_back(server, worker);
  }
  return routes;
}

network::Routes tree_routes(const network::Platform& platform) {
  network::Routes routes;
  const int nodes = static_cast<int>(platform.workers.size()) + 1;
  const auto host = [&](int node) {
    return node == 0 ? platform.server : platform.workers[static_cast<std::size_t>(node) - 1];
  };
  for (int node = 0; node < nodes; ++node) {
    for (const int child : children_of(node, nodes)) routes.emplace_back(host(node), host(child));
  }
  return routes;
}

}  // namespace

network::Routes uploads_of(const network::Platform& platform) {
  network::Routes routes;
  for (const network::Host server : platform.servers()) {
    for (const network::Host worker : platform.workers) routes.emplace_back(worker, server);
  }
  return routes;
}

network::Routes downloads_of(const network::Platform& platform, BroadcastKind broadcast) {
  switch (broadcast) {
    case BroadcastKind::star:
      return star_routes(platform);
    case BroadcastKind::binomial:
      return tree_routes(platform);
    case BroadcastKind::none:
      return {};
  }
  throw std::logic_error("no such broadcast");
}

}  // namespace gradwire::protocols
