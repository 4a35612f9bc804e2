#pragma once

#include <memory>
#include <span>
#include <utility>

#include "sim/algorithms/memory/memory.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/update.hpp"

namespace gradwire::testing_support {

/// A minibatch whose gradient is the same at every model.
class FixedGradient : public GradientOracle {
 public:
  explicit FixedGradient(Vector gradient)
      : gradient_(std::move(gradient)),
        model_(std::make_shared<const ModelVersion>(
            ModelVersion{0, Vector(gradient_.size(), 0.0F), 0.0})) {}

  std::span<const float> at(const Model& /*theta*/) override { return gradient_; }
  double squared_distance(const Model& /*a*/, const Model& /*b*/) override { return 0.0; }

  /// A model at which to evaluate the gradient.
  [[nodiscard]] const Model& model() const { return model_; }

 private:
  Vector gradient_;
  Model model_;
};

/// The message that a memory and a compressor make of gamma times this gradient.
inline algorithms::Message send(algorithms::Memory& memory, algorithms::Compressor& compressor,
                                double gamma, Vector gradient,
                                const algorithms::StepContext& step = {}) {
  FixedGradient oracle(std::move(gradient));
  GradientUpdate update(static_cast<float>(gamma), oracle.model(), oracle);
  return memory.send(update, compressor, step);
}

}  // namespace gradwire::testing_support
