#pragma once

#include <utility>

#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/server_steps/server_step.hpp"

namespace gradwire::algorithms {

/// theta^{t+1} = theta^t - gamma direction, the direction of the server's momentum for the weighted
/// aggregate.
class MomentumDescent final : public ServerStep {
 public:
  explicit MomentumDescent(Momentum momentum) : momentum_(std::move(momentum)) {}

  void step(std::size_t begin, StepFactors factors, std::span<const float> theta,
            std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) override {
    for (float& entry : aggregate) entry *= factors.weight;
    momentum_.apply(begin, theta, aggregate);
    take_step(-factors.gamma, theta, aggregate, next, moved);
  }
  [[nodiscard]] Bytes state_bytes() const override { return momentum_.state_bytes(); }
  [[nodiscard]] std::unique_ptr<ServerStep> clone() const override {
    return std::make_unique<MomentumDescent>(*this);
  }
  void save(SavingArchive& archive) const override { momentum_.save(archive); }
  void load(LoadingArchive& archive) override { momentum_.load(archive); }

 private:
  Momentum momentum_;
};

}  // namespace gradwire::algorithms
