#pragma once

#include <span>

#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"

namespace gradwire::algorithms {

/// The minibatches of one worker's iteration, one after the other.
class MinibatchSource {
 public:
  virtual ~MinibatchSource() = default;
  /// The worker's next minibatch, for its own model; valid until the next call.
  virtual GradientOracle& next(const Model& own) = 0;
};

/// What a worker computes in an iteration with local steps.
struct LocalWork {
  MinibatchSource& minibatches;
  int steps = 1;                               ///< H
  std::span<const float> common_variate = {};  ///< c of SCAFFOLD, [d]; empty: zeros
};

}  // namespace gradwire::algorithms
