#pragma once

#include "sim/core/iteration_source.hpp"
#include "sim/training/learner.hpp"

namespace gradwire::training {

/// A source that computes its iterations.
class Trainer : public IterationSource, public Learner {
 public:
  /// The newest iteration.
  [[nodiscard]] virtual const IterationWork& work() const = 0;
};

}  // namespace gradwire::training
