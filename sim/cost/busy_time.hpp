#pragma once

#include <algorithm>
#include <vector>

#include "sim/core/iteration_record.hpp"

namespace gradwire::cost {

/// The time during which at least one of several intervals was in progress.
class BusyTime {
 public:
  void add(Interval interval) { intervals_.push_back(interval); }
  void clear() { intervals_.clear(); }

  [[nodiscard]] Seconds total() {
    if (!std::ranges::is_sorted(intervals_, {}, &Interval::begin)) {
      std::ranges::sort(intervals_, {}, &Interval::begin);
    }
    Seconds sum;
    Seconds covered_to;
    for (const Interval& interval : intervals_) {
      const Seconds from = std::max(interval.begin, covered_to);
      if (interval.end > from) sum += interval.end - from;
      covered_to = std::max(covered_to, interval.end);
    }
    return sum;
  }

 private:
  std::vector<Interval> intervals_;
};

/// Busy times of the workers in one iteration.
class WorkersBusy {
 public:
  /// `coding`: the end of the worker's computation, after the gradients. The transfers of
  /// a worker on the server's host do not count.
  void add(const WorkerTimes& worker, Seconds coding) {
    if (worker.remote) {
      uplink_.add(worker.uplink);
      downlink_.add(worker.downlink);
    }
    compute_.add(worker.compute);
    const Seconds learned = worker.compute.end - coding;
    auxiliary_.add({learned - worker.auxiliary, learned});
  }
  void clear() {
    for (BusyTime* time : {&uplink_, &downlink_, &compute_, &auxiliary_}) time->clear();
  }
  /// Does not include the server's part.
  [[nodiscard]] BusySeconds total() {
    return {.uplink = uplink_.total(),
            .downlink = downlink_.total(),
            .compute = compute_.total(),
            .auxiliary_compute = auxiliary_.total(),
            .server = {}};
  }

 private:
  BusyTime uplink_, downlink_, compute_, auxiliary_;
};

}  // namespace gradwire::cost
