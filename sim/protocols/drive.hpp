#pragma once

#include <functional>

#include "sim/core/iteration_record.hpp"
#include "sim/core/iteration_source.hpp"
#include "sim/cost/byte_ledger.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/protocols/exchange_pattern.hpp"

namespace gradwire::protocols {

/// Called after each iteration, outside simulated time; false ends the run.
using OnIteration = std::function<bool(const IterationRecord&)>;

/// The loop of every synchronous method: requests an iteration from the source, lets the pattern
/// execute it, completes it and reports it, until `on_iteration` returns false. Returns the ledger
/// of all iterations.
cost::ByteLedger drive(IterationSource& iterations, const cost::CostModel& cost_model,
                       ExchangePattern& pattern, const OnIteration& on_iteration);

}  // namespace gradwire::protocols
