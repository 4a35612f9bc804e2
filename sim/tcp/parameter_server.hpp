#pragma once

#include "sim/core/iteration_source.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "sim/tcp/socket_exchange.hpp"
#include "sim/tcp/worker_pool.hpp"

namespace gradwire::tcp {

/// protocols::ParameterServer between real hosts: the records of the iterations are measured.
struct ParameterServer {
  protocols::ProtocolConfig protocol;
  cost::CostModel cost_model;
  Speeds speeds;
  bool computes = true;  ///< false: computations take no time, the server's included

  /// Runs until `on_iteration` returns false; returns the byte ledger of all iterations.
  cost::ByteLedger run(WorkerPool& worker_pool, IterationSource& iterations,
                       const protocols::OnIteration& on_iteration) const;
};

}  // namespace gradwire::tcp
