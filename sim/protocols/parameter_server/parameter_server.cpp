#include "sim/protocols/parameter_server/parameter_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/protocols/cached_exchange.hpp"
#include "sim/protocols/parameter_server/composed_timing.hpp"
#include "sim/protocols/parameter_server/sharded_exchange.hpp"
#include "sim/protocols/parameter_server/timeout_exchange.hpp"
#include "sim/protocols/parameter_server/waiting_exchange.hpp"

namespace gradwire::protocols {
namespace {

std::shared_ptr<SimulatedExchange> make_exchange(network::Simulation& simulation,
                                                 const network::Platform& platform,
                                                 const ProtocolConfig& protocol) {
  if (!platform.shards.empty()) {
    return std::make_shared<ShardedExchange>(simulation, platform, protocol);
  }
  switch (protocol.on_failure) {
    case OnFailure::stop:
    case OnFailure::wait:
      return std::make_shared<WaitingExchange>(simulation, platform, protocol);
    case OnFailure::go_on:
      return std::make_shared<TimeoutExchange>(simulation, platform, protocol);
  }
  throw std::logic_error("no such reaction to a failure");
}

/// The error of a run that cannot continue without `host`, with the remedy.
InputError failure_of(const std::string& host, const network::Platform& platform,
                      const ProtocolConfig& protocol) {
  const auto fail = [&](const std::string& what) {
    return InputError(platform.file, fmt::format("host \"{}\" {}", host, what));
  };
  const std::vector<network::Host> servers = platform.servers();
  if (std::ranges::find(servers, host, network::name) != servers.end()) {
    return fail(
        "failed: it is the server's, and no protocol.on_failure gets over that; give the "
        "server a host that stays up");
  }
  switch (protocol.on_failure) {
    case OnFailure::stop:
      return fail("failed, and the server needs it; protocol.on_failure may say wait or go_on");
    case OnFailure::wait:
      return fail(
          "failed and does not return, so protocol.on_failure wait waits for ever; go_on goes "
          "on without it");
    case OnFailure::go_on:
      return fail(
          "failed like those of all other workers, and none returns; a state_file's "
          "PERIODICITY lets them return");
  }
  throw std::logic_error("no such reaction to a failure");
}

/// Throws HostFailed if a host of the server or, under on_failure: stop, a worker's host is off
/// from the start.
void require_hosts(const network::Platform& platform, const ProtocolConfig& protocol) {
  for (const network::Host server : platform.servers()) {
    if (!network::is_on(server)) throw network::HostFailed(network::name(server));
  }
  if (protocol.on_failure != OnFailure::stop) return;
  for (const network::Host worker : platform.workers) {
    if (!network::is_on(worker)) throw network::HostFailed(network::name(worker));
  }
}

}  // namespace

cost::ByteLedger ParameterServer::run(network::Simulation& simulation,
                                      const network::Platform& platform,
                                      IterationSource& iterations,
                                      const OnIteration& on_iteration) const {
  const auto exchange = make_exchange(simulation, platform, protocol);
  CachedExchange cached(*exchange, ComposedTiming(simulation, platform, protocol));
  // Under go_on a dropped worker may still be busy in the next iteration, whose timing then depends
  // on more than its load.
  const bool from_cache =
      use_cache && !platform.varies_in_time && protocol.on_failure != OnFailure::go_on;
  ExchangePattern& pattern = from_cache ? static_cast<ExchangePattern&>(cached) : *exchange;
  cost::ByteLedger ledger;
  const auto serve = [&] { ledger = drive(iterations, cost_model, pattern, on_iteration); };
  const bool hosts_return = protocol.on_failure != OnFailure::stop;
  const auto after_failure = hosts_return ? network::Simulation::AfterFailure::begins_again
                                          : network::Simulation::AfterFailure::gone;
  try {
    require_hosts(platform, protocol);
    simulation.spawn(platform.server, "server", serve);
    if (hosts_return) network::Simulation::keep_time_running(platform.server);
    for (std::size_t m = 0; m < platform.workers.size(); ++m) {
      simulation.spawn(
          platform.workers[m], "worker " + std::to_string(m),
          [exchange, m] { exchange->work(static_cast<int>(m)); }, network::Simulation::Stack::small,
          after_failure);
    }
    simulation.run();
  } catch (const network::HostFailed& failed) {
    throw failure_of(failed.host(), platform, protocol);
  }
  return ledger;
}

}  // namespace gradwire::protocols
