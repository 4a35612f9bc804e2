#pragma once

#include <algorithm>
#include <vector>

#include "sim/core/record.hpp"

namespace gradwire::actors {

/// The time in which at least one of several intervals was running.
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

/// What the workers of one iteration were busy with, added up.
class WorkersBusy {
 public:
  /// `coding`: the end of its computation, behind the gradients. A worker that is not `remote` is
  /// on the server's host.
  void add(const WorkerTimes& worker, Seconds coding, bool remote) {
    if (remote) {
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
  /// The server's part is left to the caller.
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

}  // namespace gradwire::actors
