#pragma once

#include "sim/algorithms/server_steps/compressed_downlink.hpp"
#include "sim/algorithms/server_steps/momentum_descent.hpp"
#include "sim/algorithms/server_steps/server_step.hpp"

namespace gradwire::algorithms {

/// theta^{t+1} = theta^t - gamma weight aggregate, rounded after the product and after the
/// difference.
class Descent final : public ServerStep {
 public:
  void step(std::size_t begin, StepFactors factors, std::span<const float> theta,
            std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) override {
    static_cast<void>(begin);
    take_step(-(factors.gamma * factors.weight), theta, aggregate, next, moved);
  }
  [[nodiscard]] std::unique_ptr<ServerStep> clone() const override {
    return std::make_unique<Descent>(*this);
  }
};

inline constexpr Parameter descent_parameters[] = {&momentum_parameter,    &nesterov_parameter,
                                                   &dampening_parameter,   &weight_decay_parameter,
                                                   &momentum_at_parameter, &downlink_parameter};

inline constexpr ServerStepKind descent_kind{
    .name = "descent",
    .summary = "subtracts the aggregate, or the direction of a momentum",
    .source = "",
    .parameters = descent_parameters,
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<ServerStep> {
      if (auto momentum = momentum_at(config, MomentumPlace::server, layout.size())) {
        return std::make_unique<MomentumDescent>(std::move(*momentum));
      }
      return std::make_unique<Descent>();
    },
    .applies_gamma =
        [](const AlgorithmConfig& config) {
          return has_momentum_at(config, MomentumPlace::server);
        }};

}  // namespace gradwire::algorithms
