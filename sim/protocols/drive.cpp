#include "sim/protocols/drive.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace gradwire::protocols {
namespace {

/// What an exchange sent. Messages within the server's host have no wire bytes.
Communication communication(const Exchange& exchange, const cost::IterationTiming& timing) {
  Communication sent{.restarts = timing.restarts};
  for (std::size_t m = 0; m < exchange.parts.size(); ++m) {
    const Part& part = exchange.parts[m];
    const WorkerTimes& times = timing.workers[m];
    if (!part.takes_part) continue;
    if (times.dropped) {
      ++sent.dropped;
    } else {
      ++(part.skipped ? sent.skipped : sent.rounds);
      sent.uplink_payload += part.upload.payload;
    }
    if (!times.remote) continue;
    sent.uplink_wire += times.upload;
    sent.downlink_wire += times.model + times.resent;
  }
  return sent;
}

/// `exchange` with the dropped workers marked as skipping.
Exchange without(const Dropped& dropped, Exchange exchange) {
  for (std::size_t m = 0; m < exchange.parts.size(); ++m) {
    if (is_dropped(dropped, m)) exchange.parts[m].skipped = true;
  }
  return exchange;
}

/// Executes the exchanges of one iteration and adds up what they cost.
class IterationRun {
 public:
  IterationRun(const cost::CostModel& cost_model, ExchangePattern& pattern, std::int64_t t)
      : cost_model_(cost_model), pattern_(pattern), t_(t) {}

  void run(const IterationWork& work) {
    earlier_.reserve(work.exchanges.size() - 1);  // so that records can refer to its elements
    for (const Exchange& exchange : work.exchanges) {
      const Seconds begin = duration_;
      const cost::IterationTiming* timing = &run(exchange, work.parameters);
      if (exchanges_.size() + 1 < work.exchanges.size()) timing = &earlier_.emplace_back(*timing);
      exchanges_.push_back({.begin = begin,
                            .times = timing->workers,
                            .parts = exchange.parts,
                            .shards = timing->shards});
    }
  }

  [[nodiscard]] const cost::ByteLedger& ledger() const { return ledger_; }
  /// Empty if every upload arrived.
  [[nodiscard]] const Dropped& dropped() const { return dropped_; }
  /// Valid as long as this object.
  [[nodiscard]] IterationRecord record(const IterationWork& work) const {
    return {.iteration = t_,
            .finished = pattern_.now(),
            .communication = communication_,
            .busy = busy_,
            .train = work.train,
            .duration = duration_,
            .exchanges = exchanges_};
  }

 private:
  /// The result is valid until the next call.
  const cost::IterationTiming& run(const Exchange& exchange, std::int64_t parameters) {
    const auto server_work = [&](const Dropped& dropped) {
      return cost_model_(without(dropped, exchange), parameters, t_).server;
    };
    const cost::IterationTiming& timing =
        pattern_.run(cost_model_(exchange, parameters, t_), server_work);
    ledger_ += timing.ledger;
    duration_ += timing.duration;
    busy_ += timing.busy;
    communication_ += communication(exchange, timing);
    note_dropped(timing);
    return timing;
  }

  void note_dropped(const cost::IterationTiming& timing) {
    if (std::ranges::none_of(timing.workers, &WorkerTimes::dropped)) return;
    dropped_.resize(timing.workers.size());
    for (std::size_t m = 0; m < dropped_.size(); ++m) {
      if (timing.workers[m].dropped) dropped_[m] = true;
    }
  }

  const cost::CostModel& cost_model_;
  ExchangePattern& pattern_;
  std::int64_t t_;
  cost::ByteLedger ledger_;
  Seconds duration_;
  BusySeconds busy_;
  Communication communication_;
  Dropped dropped_;
  std::vector<cost::IterationTiming> earlier_;  ///< of all exchanges but the last
  std::vector<ExchangeRecord> exchanges_;
};

}  // namespace

cost::ByteLedger drive(IterationSource& iterations, const cost::CostModel& cost_model,
                       ExchangePattern& pattern, const OnIteration& on_iteration) {
  cost::ByteLedger ledger;
  bool go_on = true;
  for (std::int64_t t = 1; go_on; ++t) {
    const IterationWork& work = iterations.next(pattern.absent());
    IterationRun run(cost_model, pattern, t);
    run.run(work);
    ledger += run.ledger();
    iterations.finish(run.dropped());
    go_on = on_iteration(run.record(work));
  }
  pattern.stop();
  return ledger;
}

}  // namespace gradwire::protocols
