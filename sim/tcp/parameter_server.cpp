#include "sim/tcp/parameter_server.hpp"

namespace gradwire::tcp {
namespace {

/// What was sent in an iteration, by the algorithms' count. A worker that is colocated with the
/// server sends and receives nothing over the network.
Communication communication(const IterationWork& work, const cost::IterationLoad& load,
                            WorkerPool& worker_pool, bool broadcast_is_free) {
  Communication sent;
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& worker = work.workers[m];
    ++(worker.skipped ? sent.skipped : sent.rounds);
    sent.uplink_payload += worker.payload;
    if (worker_pool.worker(m) == nullptr) continue;
    sent.uplink_wire += load.workers[m].upload;
    if (!broadcast_is_free) sent.downlink_wire += load.model;
  }
  return sent;
}

void leave_out_computation(cost::IterationLoad& load) {
  load.server = {};
  for (cost::WorkerLoad& worker : load.workers)
    worker.compute = worker.auxiliary = worker.coding = {};
}

}  // namespace

cost::ByteLedger ParameterServer::run(WorkerPool& worker_pool, IterationSource& iterations,
                                      const protocols::OnIteration& on_iteration) const {
  SocketExchange rounds(worker_pool, protocol, speeds);
  cost::ByteLedger ledger;
  Seconds finished;
  bool go_on = true;
  for (std::int64_t t = 1; go_on; ++t) {
    const IterationWork& work = iterations.next();
    cost::IterationLoad load = cost_model(work, t);
    if (!computes) leave_out_computation(load);
    const cost::IterationTiming timing = rounds.play(load);
    finished += timing.duration;
    ledger += timing.ledger;
    iterations.finish();
    go_on = on_iteration(
        {.iteration = t,
         .finished = finished,
         .communication = communication(work, load, worker_pool, protocol.broadcast == "none"),
         .busy = timing.busy,
         .train = work.train,
         .duration = timing.duration,
         .times = timing.workers,
         .work = work.workers});
  }
  return ledger;
}

}  // namespace gradwire::tcp
