#pragma once

#include "sim/core/iteration_source.hpp"
#include "sim/cost/byte_ledger.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/drive.hpp"

namespace gradwire::protocols {

/// Synchronous training without a server: in each iteration all workers compute, and exchange their
/// uploads by a collective (D49).
struct AllReduce {
  ProtocolConfig protocol;
  cost::CostModel cost_model;
  /// Whether to take the timing of a repeated load from memory (CachedExchange) instead of
  /// simulating it again; ignored if the platform varies in time.
  bool use_cache = true;

  /// Runs `simulation` to its end; returns the ledger of all iterations. Throws InputError if a
  /// route between two workers is missing, or a host fails.
  cost::ByteLedger run(network::Simulation& simulation, const network::Platform& platform,
                       IterationSource& iterations, const OnIteration& on_iteration) const;
};

}  // namespace gradwire::protocols
