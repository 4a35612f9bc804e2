#include "sim/protocols/parameter_server/parameter_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/protocols/parameter_server/iteration_cache.hpp"
#include "sim/protocols/parameter_server/timeout_exchange.hpp"
#include "sim/protocols/parameter_server/waiting_exchange.hpp"

namespace gradwire::protocols {
namespace {

/// Communication of one iteration. Messages within the server's host have no wire bytes.
Communication communication(const IterationWork& work, const cost::IterationTiming& timing,
                            const network::Platform& platform) {
  Communication sent{.downlink_wire = timing.resent, .restarts = timing.restarts};
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& worker = work.workers[m];
    const WorkerTimes& times = timing.workers[m];
    if (times.dropped) {
      ++sent.dropped;
    } else {
      ++(worker.skipped ? sent.skipped : sent.rounds);
      sent.uplink_payload += worker.payload;
    }
    if (platform.workers[m] == platform.server) continue;
    sent.uplink_wire += times.upload;
    sent.downlink_wire += times.model;
  }
  return sent;
}

/// Empty if every upload arrived.
Dropped dropped(const cost::IterationTiming& timing) {
  Dropped dropped;
  if (std::ranges::none_of(timing.workers, &WorkerTimes::dropped)) return dropped;
  for (const WorkerTimes& times : timing.workers) dropped.push_back(times.dropped);
  return dropped;
}

/// `work` with the dropped workers marked as skipping.
IterationWork without(const Dropped& dropped, IterationWork work) {
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    if (is_dropped(dropped, m)) work.workers[m].skipped = true;
  }
  return work;
}

std::shared_ptr<ExchangePattern> make_exchange(network::Simulation& simulation,
                                               const network::Platform& platform,
                                               const ProtocolConfig& protocol) {
  if (protocol.on_failure != "go_on") {
    return std::make_shared<WaitingExchange>(simulation, platform, protocol);
  }
  return std::make_shared<TimeoutExchange>(simulation, platform, protocol);
}

/// The error of a run that cannot continue without `host`, with the remedy.
InputError failure_of(const std::string& host, const network::Platform& platform,
                      const ProtocolConfig& protocol) {
  const auto fail = [&](const std::string& what) {
    return InputError(platform.file, fmt::format("host \"{}\" {}", host, what));
  };
  if (host == network::name(platform.server)) {
    return fail(
        "failed: it is the server's, and no protocol.on_failure gets over that; give the "
        "server a host that stays up");
  }
  if (protocol.on_failure == "stop") {
    return fail("failed, and the server needs it; protocol.on_failure may say wait or go_on");
  }
  if (protocol.on_failure == "wait") {
    return fail(
        "failed and does not return, so protocol.on_failure wait waits for ever; go_on goes "
        "on without it");
  }
  return fail(
      "failed like those of all other workers, and none returns; a state_file's "
      "PERIODICITY lets them return");
}

/// Throws HostFailed if the server's host or, under on_failure: stop, a worker's host is off from
/// the start.
void require_hosts(const network::Platform& platform, const ProtocolConfig& protocol) {
  if (!network::is_on(platform.server)) throw network::HostFailed(network::name(platform.server));
  if (protocol.on_failure != "stop") return;
  for (const network::Host worker : platform.workers) {
    if (!network::is_on(worker)) throw network::HostFailed(network::name(worker));
  }
}

}  // namespace

cost::ByteLedger ParameterServer::run(network::Simulation& simulation,
                                      const network::Platform& platform,
                                      IterationSource& iterations,
                                      const OnIteration& on_iteration) const {
  const auto rounds = make_exchange(simulation, platform, protocol);
  IterationCache cache(ComposedTiming(simulation, platform, protocol));
  cost::ByteLedger ledger;
  // Under go_on a dropped worker may still be busy in the next iteration, whose timing then depends
  // on more than its load.
  const bool remember = use_cache && !platform.varies_in_time && protocol.on_failure != "go_on";
  const auto serve = [&] {
    Seconds now;
    bool go_on = true;
    for (std::int64_t t = 1; go_on; ++t) {
      const IterationWork& work = iterations.next(rounds->absent());
      const cost::IterationLoad load = cost_model(work, t);
      const auto server_work = [&](const Dropped& some) {
        return cost_model(without(some, work), t).server;
      };
      const auto simulate = [&](const cost::IterationLoad& l) {
        return rounds->simulate(l, server_work);
      };
      const cost::IterationTiming& timing =
          remember ? cache.timing(load, simulate) : cache.once(load, simulate);
      // Iterations from the cache do not advance the engine's clock.
      now = remember ? now + timing.duration : network::Simulation::now();
      ledger += timing.ledger;
      iterations.finish(dropped(timing));
      go_on = on_iteration({.iteration = t,
                            .finished = now,
                            .communication = communication(work, timing, platform),
                            .busy = timing.busy,
                            .train = work.train,
                            .duration = timing.duration,
                            .times = timing.workers,
                            .work = work.workers});
    }
    rounds->stop();
  };
  const bool hosts_return = protocol.on_failure != "stop";
  const auto after_failure = hosts_return ? network::Simulation::AfterFailure::begins_again
                                          : network::Simulation::AfterFailure::gone;
  try {
    require_hosts(platform, protocol);
    simulation.spawn(platform.server, "server", serve);
    if (hosts_return) network::Simulation::keep_time_running(platform.server);
    for (std::size_t m = 0; m < platform.workers.size(); ++m) {
      simulation.spawn(
          platform.workers[m], "worker " + std::to_string(m),
          [rounds, m] { rounds->work(static_cast<int>(m)); }, network::Simulation::Stack::small,
          after_failure);
    }
    simulation.run();
  } catch (const network::HostFailed& failed) {
    throw failure_of(failed.host(), platform, protocol);
  }
  return ledger;
}

}  // namespace gradwire::protocols
