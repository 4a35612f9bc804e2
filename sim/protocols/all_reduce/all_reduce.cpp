#include "sim/protocols/all_reduce/all_reduce.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "sim/core/error.hpp"
#include "sim/protocols/all_reduce/all_reduce_exchange.hpp"
#include "sim/protocols/all_reduce/collective_routes.hpp"
#include "sim/protocols/all_reduce/composed_collective.hpp"
#include "sim/protocols/cached_exchange.hpp"

namespace gradwire::protocols {
namespace {

void require_all_on(const network::Platform& platform) {
  for (const network::Host worker : platform.workers) {
    if (!network::is_on(worker)) throw network::HostFailed(network::name(worker));
  }
}

}  // namespace

cost::ByteLedger AllReduce::run(network::Simulation& simulation, const network::Platform& platform,
                                IterationSource& iterations,
                                const OnIteration& on_iteration) const {
  for (const auto& [from, to] : collective_routes(platform, protocol.collective)) {
    network::require_route(platform, from, to);
  }
  MessageDurations durations;
  const bool from_cache = use_cache && !platform.varies_in_time;
  const auto exchange = std::make_shared<AllReduceExchange>(simulation, platform, protocol,
                                                            from_cache ? &durations : nullptr);
  CachedExchange cached(*exchange, ComposedCollective(simulation, platform, protocol, durations));
  ExchangePattern& pattern = from_cache ? static_cast<ExchangePattern&>(cached) : *exchange;
  cost::ByteLedger ledger;
  const auto coordinate = [&] { ledger = drive(iterations, cost_model, pattern, on_iteration); };
  try {
    require_all_on(platform);
    simulation.spawn(platform.workers.front(), "coordination", coordinate);
    for (std::size_t m = 0; m < platform.workers.size(); ++m) {
      simulation.spawn(
          platform.workers[m], "worker " + std::to_string(m),
          [exchange, m] { exchange->work(static_cast<int>(m)); },
          network::Simulation::Stack::small);
    }
    simulation.run();
  } catch (const network::HostFailed& failed) {
    throw InputError(platform.file,
                     fmt::format("host \"{}\" failed, and a collective needs all workers; only "
                                 "protocol.kind parameter_server can wait for a worker or go on "
                                 "without it",
                                 failed.host()));
  }
  return ledger;
}

}  // namespace gradwire::protocols
