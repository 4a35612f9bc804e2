#pragma once

#include <functional>

#include "sim/actors/load.hpp"
#include "sim/actors/timing.hpp"
#include "sim/core/work.hpp"

namespace gradwire::actors {

/// What the server has to do for an iteration's uploads when those of some workers did not come.
using ServerWork = std::function<Flops(const Missed&)>;

/// Lets simulated actors go through one iteration after the other: worker actors that wait for
/// work, and what the server's actor calls.
class RoundProtocol {
 public:
  virtual ~RoundProtocol() = default;

  /// What each worker's actor does, until stop().
  virtual void work(int worker) = 0;

  /// Called by the server's actor: who cannot take part in an iteration that begins now. Waits
  /// until somebody can.
  virtual Missed absent() = 0;
  /// Called by the server's actor: one iteration under `load`, from now on.
  virtual IterationTiming simulate(const IterationLoad& load, const ServerWork& server) = 0;
  /// Called by the server's actor: sends the workers home.
  virtual void stop() = 0;
};

}  // namespace gradwire::actors
