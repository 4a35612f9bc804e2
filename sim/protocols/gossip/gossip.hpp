#pragma once

#include "sim/core/iteration_source.hpp"
#include "sim/cost/byte_ledger.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/drive.hpp"

namespace gradwire::protocols {

/// Training without a server and without a barrier: every node has a model of its own, computes,
/// sends messages along the edges of a graph, and goes on once the messages to it are there (D53).
struct Gossip {
  cost::CostModel cost_model;
  bool sends_first =
      false;  ///< messages leave before the gradient is computed, which overlaps them
  /// Whether to take the timing of an iteration from memory that was simulated before from the same
  /// state; ignored if the platform varies in time.
  bool use_cache = true;

  /// Runs `simulation` to its end; returns the ledger of all iterations. An iteration is computed
  /// when the first node begins it, and reported when the last node has ended it: `iterations` is
  /// ahead of `on_iteration`, and says which iteration is the last. Throws InputError if a route
  /// along an edge is missing, or a host fails.
  cost::ByteLedger run(network::Simulation& simulation, const network::Platform& platform,
                       IterationSource& iterations, const OnIteration& on_iteration) const;
};

}  // namespace gradwire::protocols
