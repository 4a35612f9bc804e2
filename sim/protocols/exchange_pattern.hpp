#pragma once

#include <functional>

#include "sim/core/iteration_work.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"

namespace gradwire::protocols {

/// The server's work for an iteration's uploads, given which workers were dropped.
using ServerWork = std::function<Flops(const Dropped&)>;

/// Executes the exchanges of iterations one after the other: simulated, composed from known parts,
/// or between real hosts. drive() calls it.
class ExchangePattern {
 public:
  virtual ~ExchangePattern() = default;

  /// The workers that cannot take part in an iteration that starts now. Blocks until at least one
  /// can.
  virtual Dropped absent() { return {}; }
  /// Executes one iteration under `load`, starting now. The result is valid until the next call.
  virtual const cost::IterationTiming& run(const cost::IterationLoad& load,
                                           const ServerWork& server) = 0;
  /// The date at which the last iteration ended, in seconds from the start of the first.
  [[nodiscard]] virtual Seconds now() const = 0;
  /// Called after the last iteration.
  virtual void stop() = 0;
};

}  // namespace gradwire::protocols
