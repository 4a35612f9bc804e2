#pragma once

#include "sim/algorithms/server_steps/server_step.hpp"

namespace gradwire::algorithms {

/// theta^{t+1} = theta^t - scale aggregate, rounded after the product and after the difference.
class Descent final : public ServerStep {
 public:
  void step(std::size_t begin, float scale, std::span<const float> theta,
            std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) override {
    static_cast<void>(begin);
    take_step(-scale, theta, aggregate, next, moved);
  }
  [[nodiscard]] std::unique_ptr<ServerStep> clone() const override {
    return std::make_unique<Descent>(*this);
  }
};

inline constexpr ServerStepKind descent_kind{
    .name = "descent",
    .summary = "subtracts the aggregate",
    .source = "",
    .parameters = {},
    .make = [](const AlgorithmConfig&, const Layout&) -> std::unique_ptr<ServerStep> {
      return std::make_unique<Descent>();
    }};

}  // namespace gradwire::algorithms
