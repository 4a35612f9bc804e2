#pragma once

#include "sim/algorithms/server_steps/server_step.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// Adagrad (Duchi, Hazan, Singer, 2011), as DistBelief's servers apply it (Dean et al., NIPS 2012):
/// s <- s + G^2; theta^{t+1} = theta^t - gamma G/(sqrt(s) + epsilon), elementwise, with the
/// weighted aggregate G. All in single precision, rounded after each operation.
class Adagrad final : public ServerStep {
 public:
  /// d: entries of the model.
  Adagrad(float epsilon, std::size_t d) : epsilon_(epsilon), d_(d) {}

  void step(std::size_t begin, StepFactors factors, std::span<const float> theta,
            std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) override;
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<ServerStep> clone() const override {
    return std::make_unique<Adagrad>(*this);
  }
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  float epsilon_;
  std::size_t d_;
  Vector squares_;  ///< s, [d]; empty before the first step
};

extern const ServerStepKind adagrad_kind;

}  // namespace gradwire::algorithms
