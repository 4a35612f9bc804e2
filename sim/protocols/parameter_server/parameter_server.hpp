#pragma once

#include "sim/core/iteration_source.hpp"
#include "sim/cost/byte_ledger.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/drive.hpp"

namespace gradwire::protocols {

/// The synchronous parameter server. In each iteration the server sends its model to all workers
/// (ProtocolConfig::broadcast), each of which computes on receipt; the server receives the uploads
/// sequentially, in the order of the workers, or concurrently (ProtocolConfig::uplink).
struct ParameterServer {
  ProtocolConfig protocol;
  cost::CostModel cost_model;
  /// Whether to take the timing of a repeated load from memory (CachedExchange) instead of
  /// simulating it again; ignored if the platform varies in time or on_failure is go_on.
  bool use_cache = true;

  /// Runs `simulation` to its end; returns the ledger of all iterations.
  cost::ByteLedger run(network::Simulation& simulation, const network::Platform& platform,
                       IterationSource& iterations, const OnIteration& on_iteration) const;
};

}  // namespace gradwire::protocols
