#pragma once

#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"

namespace gradwire::protocols {

/// What a worker did in an exchange without a server; times count from the start of the exchange.
struct NodeDates {
  Interval compute;
  Seconds first_transfer;     ///< its start
  Seconds end_of_collective;  ///< of the last collective
  Seconds end;                ///< of handling what came
  Bytes sent;                 ///< to other hosts
};

/// The timing of an exchange of these workers, without the ledger.   dates: [M]
[[nodiscard]] cost::IterationTiming timing_of(const cost::IterationLoad& load,
                                              const std::vector<NodeDates>& dates);

}  // namespace gradwire::protocols
