#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::testing_support {

/// Signs times the largest magnitude among all workers: a first exchange finds the magnitude, as in
/// TernGrad's scaler sharing; messages are dense.
class SharedScale final : public algorithms::Compressor {
 public:
  algorithms::Message compress(std::span<const float> v,
                               const algorithms::StepContext& /*step*/) override {
    float largest = 0.0F;
    for (const float x : v) largest = std::max(largest, std::abs(x));
    return algorithms::Dense{Vector(1, largest)};
  }
  using Compressor::compress;

  [[nodiscard]] int exchanges() const override { return 2; }
  [[nodiscard]] algorithms::Message reduce(
      int /*exchange*/, std::span<const algorithms::Message> messages) const override {
    float largest = 0.0F;
    for (const algorithms::Message& message : messages) {
      if (const auto* dense = std::get_if<algorithms::Dense>(&message)) {
        largest = std::max(largest, dense->values.front());
      }
    }
    return algorithms::Dense{Vector(1, largest)};
  }
  algorithms::Message compress_next(int /*exchange*/, const algorithms::Message& reduced,
                                    std::span<const float> v,
                                    const algorithms::StepContext& /*step*/) override {
    const float scale = std::get<algorithms::Dense>(reduced).values.front();
    algorithms::Dense dense{Vector(v.size())};
    for (std::size_t i = 0; i < v.size(); ++i) dense.values[i] = std::copysign(scale, v[i]);
    return dense;
  }

  [[nodiscard]] std::unique_ptr<Compressor> clone() const override {
    return std::make_unique<SharedScale>(*this);
  }
};

}  // namespace gradwire::testing_support
