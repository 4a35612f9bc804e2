#pragma once

#include <functional>

#include "sim/core/iteration_work.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"

namespace gradwire::protocols {

/// The server's work for an iteration's uploads, given which workers were dropped.
using ServerWork = std::function<Flops(const Dropped&)>;

/// Simulates iterations one after the other: the body of the worker actors, and the calls of the
/// server's actor.
class ExchangePattern {
 public:
  virtual ~ExchangePattern() = default;

  /// Body of a worker's actor, until stop().
  virtual void work(int worker) = 0;

  /// Called by the server's actor: the workers that cannot take part in an iteration that starts
  /// now. Blocks until at least one can.
  virtual Dropped absent() = 0;
  /// Called by the server's actor: simulates one iteration under `load`, starting now.
  virtual cost::IterationTiming simulate(const cost::IterationLoad& load,
                                         const ServerWork& server) = 0;
  /// Called by the server's actor: ends the workers' actors.
  virtual void stop() = 0;
};

}  // namespace gradwire::protocols
