#include "sim/actors/parameter_server.hpp"

#include <string>

#include "sim/actors/repetition.hpp"
#include "sim/actors/rounds.hpp"

namespace gradwire::actors {
namespace {

/// What was sent in an iteration. What stays inside the server's host crosses no network.
Communication communication(const IterationWork& work, const IterationLoad& load,
                            const IterationTiming& timing, const network::Platform& platform,
                            bool broadcast_is_free) {
  Communication sent{.downlink_wire = timing.resent, .restarts = timing.restarts};
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& worker = work.workers[m];
    ++(worker.skipped ? sent.skipped : sent.rounds);
    sent.uplink_payload += worker.payload;
    if (platform.workers[m] == platform.server) continue;
    sent.uplink_wire += load.workers[m].upload;
    if (!broadcast_is_free) sent.downlink_wire += load.model;
  }
  return sent;
}

}  // namespace

Books ParameterServer::run(network::Simulation& simulation, const network::Platform& platform,
                           Iterations& iterations, const OnIteration& on_iteration) const {
  Rounds rounds(simulation, platform, protocol);
  Repetition repetition;
  Books books;
  const bool remember = remembers && !platform.varies_in_time;
  const auto serve = [&] {
    Seconds now;
    bool go_on = true;
    for (std::int64_t t = 1; go_on; ++t) {
      const IterationWork& work = iterations.next();
      const IterationLoad load = weighing(work, t);
      const auto simulate = [&](const IterationLoad& l) { return rounds.simulate(l); };
      const IterationTiming& timing =
          remember ? repetition.timing(load, simulate) : repetition.once(load, simulate);
      // Remembered iterations leave the engine's clock where it was.
      now = remember ? now + timing.duration : network::Simulation::now();
      books += timing.books;
      iterations.finish();
      go_on = on_iteration({.iteration = t,
                            .finished = now,
                            .communication = communication(work, load, timing, platform,
                                                           protocol.broadcast == "none"),
                            .busy = timing.busy,
                            .train = work.train,
                            .duration = timing.duration,
                            .times = timing.workers,
                            .work = work.workers});
    }
    rounds.stop();
  };
  const auto after_failure = protocol.on_failure == "wait"
                                 ? network::Simulation::AfterFailure::begins_again
                                 : network::Simulation::AfterFailure::gone;
  simulation.spawn(platform.server, "server", serve);
  if (protocol.on_failure == "wait") network::Simulation::await_profiles(platform.server);
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    simulation.spawn(
        platform.workers[m], "worker " + std::to_string(m),
        [&rounds, m] { rounds.work(static_cast<int>(m)); }, network::Simulation::Stack::small,
        after_failure);
  }
  simulation.run();
  return books;
}

}  // namespace gradwire::actors
