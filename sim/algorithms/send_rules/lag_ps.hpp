#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/algorithms/participation.hpp"
#include "sim/algorithms/send_rules/contribution_models.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/send_rules/movement.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"

namespace gradwire::algorithms {

/// LAG-PS: the server requests the gradients of the workers with
///   L_m^2 ||theta^t - thetahat_m||^2 > threshold,
/// thetahat_m being the model of worker m's newest contribution. The left side bounds the change of
/// its gradient, so that the rule selects all workers that LAG-WK's would, at the same scale.
class LagPs final : public Participation {
 public:
  struct Config {
    std::vector<double> smoothness;  ///< [M] L_m
    Movement::Config movement;
    std::int64_t max_delay = longest_delay;  ///< requests again this many iterations later
  };
  explicit LagPs(const Config& config);

  std::vector<bool> choose(const Model& theta, StepSize size) override;
  void received(int worker, const Message& before, const Message& upload) override;

  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Participation> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  std::vector<double> smoothness_;
  Movement movement_;
  std::int64_t max_delay_;
  ContributionModels models_;
};

extern const SendRuleKind lag_ps_kind;

}  // namespace gradwire::algorithms
