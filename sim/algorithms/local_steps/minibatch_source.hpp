#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

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

/// The gradient of the next minibatch at x, [d]; valid until the next call. x is the same
/// afterwards: the minibatch holds it meanwhile as a model of this version, which it does not read
/// after the gradient.
[[nodiscard]] inline std::span<const float> gradient_at(Vector& x, MinibatchSource& minibatches,
                                                        std::int64_t version = 0) {
  const auto own = std::make_shared<ModelVersion>(version, std::move(x));
  const auto g = minibatches.next(own).at(own);
  x = own->take_parameters(nullptr);
  return g;
}

/// What a worker computes in an iteration with local steps.
struct LocalWork {
  MinibatchSource& minibatches;
  int steps = 1;                               ///< H
  std::span<const float> common_variate = {};  ///< c of SCAFFOLD, [d]; empty: zeros
};

}  // namespace gradwire::algorithms
