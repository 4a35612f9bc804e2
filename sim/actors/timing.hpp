#pragma once

#include <vector>

#include "sim/actors/byte_ledger.hpp"
#include "sim/core/record.hpp"

namespace gradwire::actors {

/// How long an iteration took, and when who did what in it; times count from its begin.
struct IterationTiming {
  Seconds duration;
  std::vector<WorkerTimes> workers;  ///< [M]
  BusySeconds busy{};
  std::int64_t restarts = 0;  ///< workers that began again
  Bytes resent;               ///< models that came to a worker more than once
  Books books{};
};

}  // namespace gradwire::actors
