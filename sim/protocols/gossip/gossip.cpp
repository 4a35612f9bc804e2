#include "sim/protocols/gossip/gossip.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "sim/core/error.hpp"
#include "sim/protocols/gossip/gossip_run.hpp"

namespace gradwire::protocols {
namespace {

/// Throws HostFailed if a node's host is off.
void require_nodes_on(const network::Platform& platform) {
  for (const network::Host node : platform.workers) {
    if (!network::is_on(node)) throw network::HostFailed(network::name(node));
  }
}

void spawn_actors(network::Simulation& simulation, const network::Platform& platform,
                  const std::shared_ptr<GossipRun>& run) {
  simulation.spawn(platform.workers.front(), "coordination", [run] { run->coordinate(); });
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    simulation.spawn(
        platform.workers[m], "node " + std::to_string(m),
        [run, m] { run->work(static_cast<int>(m)); }, network::Simulation::Stack::small);
  }
}

}  // namespace

cost::ByteLedger Gossip::run(network::Simulation& simulation, const network::Platform& platform,
                             IterationSource& iterations, const OnIteration& on_iteration) const {
  const auto run =
      std::make_shared<GossipRun>(simulation, platform, *this, iterations, on_iteration);
  try {
    require_nodes_on(platform);
    spawn_actors(simulation, platform, run);
    simulation.run();
    if (!run->has_ended()) require_nodes_on(platform);
  } catch (const network::HostFailed& failed) {
    throw InputError(platform.file,
                     fmt::format("host \"{}\" failed, and in gossip nodes wait for all their "
                                 "neighbours; only protocol.kind parameter_server can wait for a "
                                 "worker or go on without it",
                                 failed.host()));
  }
  if (!run->has_ended()) throw std::logic_error("a run along edges did not come to its end");
  return run->ledger();
}

}  // namespace gradwire::protocols
