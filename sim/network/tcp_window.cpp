#include "sim/network/tcp_window.hpp"

#include <algorithm>
#include <limits>
#include <simgrid/s4u.hpp>
#include <unordered_set>
#include <vector>

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;

/// The window's bound on the route in bytes per second, if it is below the narrowest link.
std::optional<double> bound_on(Host from, Host to, double gamma) {
  if (from == to) return std::nullopt;
  std::vector<s4u::Link*> links;
  double latency = 0.0;
  from->route_to(to, links, &latency);
  double narrowest = std::numeric_limits<double>::infinity();
  for (const s4u::Link* link : links) {
    if (link->get_sharing_policy() == s4u::Link::SharingPolicy::WIFI) continue;
    narrowest = std::min(narrowest, link->get_bandwidth());
  }
  const double bound = gamma / (2.0 * latency);
  return latency > 0.0 && bound < narrowest ? std::optional(bound) : std::nullopt;
}

}  // namespace

std::optional<WindowLimit> tcp_window_limit(const Simulation& simulation,
                                            const Platform& platform) {
  Routes routes;
  for (const Host worker : platform.workers) {
    for (const Host server : platform.servers()) {
      routes.emplace_back(worker, server);
      routes.emplace_back(server, worker);
    }
  }
  return tcp_window_limit(simulation, platform, routes);
}

std::optional<WindowLimit> tcp_window_limit(const Simulation& simulation, const Platform& platform,
                                            const Routes& routes) {
  const double gamma = *simulation.factors().tcp_gamma;
  if (gamma <= 0.0) return std::nullopt;
  WindowLimit limit{.window = {static_cast<std::int64_t>(gamma)},
                    .workers = platform.workers.size(),
                    .limited = 0,
                    .least = {std::numeric_limits<double>::infinity()},
                    .most = {}};
  std::unordered_set<const s4u::Host*> limited;
  for (const auto& [from, to] : routes) {
    const auto bound = bound_on(from, to, gamma);
    if (!bound) continue;
    limited.insert({from, to});
    limit.least = {std::min(limit.least.value, *bound)};
    limit.most = {std::max(limit.most.value, *bound)};
  }
  limit.limited = static_cast<std::size_t>(std::ranges::count_if(
      platform.workers, [&](const Host worker) { return limited.contains(worker); }));
  return limit.limited > 0 ? std::optional(limit) : std::nullopt;
}

}  // namespace gradwire::network
