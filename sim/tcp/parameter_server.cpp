#include "sim/tcp/parameter_server.hpp"

namespace gradwire::tcp {
namespace {

/// What was sent in an iteration, as the algorithms have it. What stays with the server crosses no
/// network.
Communication communication(const IterationWork& work, const actors::IterationLoad& load,
                            Party& party, bool broadcast_is_free) {
  Communication sent;
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& worker = work.workers[m];
    ++(worker.skipped ? sent.skipped : sent.rounds);
    sent.uplink_payload += worker.payload;
    if (party.worker(m) == nullptr) continue;
    sent.uplink_wire += load.workers[m].upload;
    if (!broadcast_is_free) sent.downlink_wire += load.model;
  }
  return sent;
}

void leave_out_computation(actors::IterationLoad& load) {
  load.server = {};
  for (actors::WorkerLoad& worker : load.workers)
    worker.compute = worker.auxiliary = worker.coding = {};
}

}  // namespace

actors::Books ParameterServer::run(Party& party, actors::Iterations& iterations,
                                   const actors::OnIteration& on_iteration) const {
  Rounds rounds(party, protocol, speeds);
  actors::Books books;
  Seconds finished;
  bool go_on = true;
  for (std::int64_t t = 1; go_on; ++t) {
    const IterationWork& work = iterations.next();
    actors::IterationLoad load = weighing(work, t);
    if (!computes) leave_out_computation(load);
    const actors::IterationTiming timing = rounds.play(load);
    finished += timing.duration;
    books += timing.books;
    iterations.finish();
    go_on = on_iteration(
        {.iteration = t,
         .finished = finished,
         .communication = communication(work, load, party, protocol.broadcast == "none"),
         .busy = timing.busy,
         .train = work.train,
         .duration = timing.duration,
         .times = timing.workers,
         .work = work.workers});
  }
  return books;
}

}  // namespace gradwire::tcp
