#pragma once

#include "sim/core/asynchronous_source.hpp"
#include "sim/cost/byte_ledger.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/network/simulation.hpp"
#include "sim/protocols/drive.hpp"

namespace gradwire::protocols {

/// A server that applies each client's push when it arrives, and clients that fetch its model when
/// they come to it: who arrives when is for the network to decide (D54).
struct Asynchronous {
  cost::CostModel cost_model;

  /// Runs until `on_iteration`, called after each M pushes that the server applied, returns false;
  /// returns the bytes of all messages that have arrived. A client whose host fails begins anew
  /// when it returns. Throws InputError if the run cannot continue, or a route is missing.
  cost::ByteLedger run(network::Simulation& simulation, const network::Platform& platform,
                       AsynchronousSource& source, const OnIteration& on_iteration) const;
};

}  // namespace gradwire::protocols
