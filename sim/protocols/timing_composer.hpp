#pragma once

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"

namespace gradwire::protocols {

/// Composes the timings of iterations from parts measured in simulated ones.
class TimingComposer {
 public:
  virtual ~TimingComposer() = default;

  /// Timing of an iteration under `load`, valid until the next call; null if it cannot be composed.
  virtual const cost::IterationTiming* timing(const cost::IterationLoad& load) = 0;
  /// Stores the parts of a simulated iteration that are not known yet.
  virtual void learn(const cost::IterationLoad& load, const cost::IterationTiming& timing) = 0;
  /// By how much a composed date may differ from the simulated one, besides rounding.
  [[nodiscard]] virtual Seconds slack() const { return {}; }
  /// Whether composing takes longer than to look up a simulated iteration of the same load, which
  /// is then preferred.
  [[nodiscard]] virtual bool is_slow() const { return false; }
};

}  // namespace gradwire::protocols
