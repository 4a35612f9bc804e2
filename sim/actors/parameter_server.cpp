#include "sim/actors/parameter_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "sim/actors/impatient_rounds.hpp"
#include "sim/actors/repetition.hpp"
#include "sim/actors/rounds.hpp"
#include "sim/core/error.hpp"

namespace gradwire::actors {
namespace {

/// What was sent in an iteration. What stays inside the server's host crosses no network.
Communication communication(const IterationWork& work, const IterationTiming& timing,
                            const network::Platform& platform) {
  Communication sent{.downlink_wire = timing.resent, .restarts = timing.restarts};
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& worker = work.workers[m];
    const WorkerTimes& times = timing.workers[m];
    if (times.missed) {
      ++sent.missed;
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

/// Empty where everybody's upload came.
Missed missed(const IterationTiming& timing) {
  Missed missed;
  if (std::ranges::none_of(timing.workers, &WorkerTimes::missed)) return missed;
  for (const WorkerTimes& times : timing.workers) missed.push_back(times.missed);
  return missed;
}

/// The same without what some workers would have sent.
IterationWork without(const Missed& missed, IterationWork work) {
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    if (is_missed(missed, m)) work.workers[m].skipped = true;
  }
  return work;
}

std::shared_ptr<RoundProtocol> make_rounds(network::Simulation& simulation,
                                           const network::Platform& platform,
                                           const ProtocolConfig& protocol) {
  if (protocol.on_failure != "go_on") {
    return std::make_shared<Rounds>(simulation, platform, protocol);
  }
  return std::make_shared<ImpatientRounds>(simulation, platform, protocol);
}

/// Why a run cannot go on without a host, and what helps.
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

/// A host of a worker that is off: without it a run under on_failure stop cannot begin.
void require_hosts(const network::Platform& platform, const ProtocolConfig& protocol) {
  if (!network::is_on(platform.server)) throw network::HostFailed(network::name(platform.server));
  if (protocol.on_failure != "stop") return;
  for (const network::Host worker : platform.workers) {
    if (!network::is_on(worker)) throw network::HostFailed(network::name(worker));
  }
}

}  // namespace

Books ParameterServer::run(network::Simulation& simulation, const network::Platform& platform,
                           Iterations& iterations, const OnIteration& on_iteration) const {
  const auto rounds = make_rounds(simulation, platform, protocol);
  Repetition repetition(Phases(simulation, platform, protocol));
  Books books;
  // A worker that the server goes on without may still be busy in the next iteration.
  const bool remember = remembers && !platform.varies_in_time && protocol.on_failure != "go_on";
  const auto serve = [&] {
    Seconds now;
    bool go_on = true;
    for (std::int64_t t = 1; go_on; ++t) {
      const IterationWork& work = iterations.next(rounds->absent());
      const IterationLoad load = weighing(work, t);
      const auto server_work = [&](const Missed& some) {
        return weighing(without(some, work), t).server;
      };
      const auto simulate = [&](const IterationLoad& l) {
        return rounds->simulate(l, server_work);
      };
      const IterationTiming& timing =
          remember ? repetition.timing(load, simulate) : repetition.once(load, simulate);
      // Remembered iterations leave the engine's clock where it was.
      now = remember ? now + timing.duration : network::Simulation::now();
      books += timing.books;
      iterations.finish(missed(timing));
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
    if (hosts_return) network::Simulation::await_profiles(platform.server);
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
  return books;
}

}  // namespace gradwire::actors
