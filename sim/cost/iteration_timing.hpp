#pragma once

#include <vector>

#include "sim/core/iteration_record.hpp"
#include "sim/cost/byte_ledger.hpp"

namespace gradwire::cost {

/// Duration of an iteration and the activities in it; times count from its start.
struct IterationTiming {
  Seconds duration;
  std::vector<WorkerTimes> workers;  ///< [M]
  BusySeconds busy{};
  std::int64_t restarts = 0;  ///< workers that restarted the iteration after a host failure
  ByteLedger ledger{};
  std::vector<ShardTimes> shards{};  ///< [S]; empty: one server, or none
};

}  // namespace gradwire::cost
