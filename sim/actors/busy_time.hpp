#pragma once

#include <algorithm>
#include <vector>

#include "sim/core/record.hpp"

namespace gradwire::actors {

/// The time in which at least one of several intervals was running.
class BusyTime {
 public:
  void add(Interval interval) { intervals_.push_back(interval); }

  [[nodiscard]] Seconds total() {
    std::ranges::sort(intervals_, {}, &Interval::begin);
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

}  // namespace gradwire::actors
