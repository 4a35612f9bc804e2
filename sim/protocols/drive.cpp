#include "sim/protocols/drive.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace gradwire::protocols {
namespace {

/// What an iteration sent. Messages within the server's host have no wire bytes.
Communication communication(const IterationWork& work, const cost::IterationTiming& timing,
                            const ExchangePattern& pattern) {
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
    if (!pattern.is_remote(m)) continue;
    sent.uplink_wire += times.upload;
    sent.downlink_wire += times.model;
  }
  return sent;
}

/// Empty if every upload arrived.
Dropped dropped_in(const cost::IterationTiming& timing) {
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

}  // namespace

cost::ByteLedger drive(IterationSource& iterations, const cost::CostModel& cost_model,
                       ExchangePattern& pattern, const OnIteration& on_iteration) {
  cost::ByteLedger ledger;
  bool go_on = true;
  for (std::int64_t t = 1; go_on; ++t) {
    const IterationWork& work = iterations.next(pattern.absent());
    const auto server_work = [&](const Dropped& dropped) {
      return cost_model(without(dropped, work), t).server;
    };
    const cost::IterationTiming& timing = pattern.run(cost_model(work, t), server_work);
    ledger += timing.ledger;
    iterations.finish(dropped_in(timing));
    go_on = on_iteration({.iteration = t,
                          .finished = pattern.now(),
                          .communication = communication(work, timing, pattern),
                          .busy = timing.busy,
                          .train = work.train,
                          .duration = timing.duration,
                          .times = timing.workers,
                          .work = work.workers});
  }
  pattern.stop();
  return ledger;
}

}  // namespace gradwire::protocols
