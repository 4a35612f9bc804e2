#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/algorithms/participation.hpp"
#include "sim/algorithms/send_rules/contribution_models.hpp"
#include "sim/algorithms/send_rules/movement.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"

namespace gradwire::algorithms {

/// LASG-PSE: as LAG-PS, with L_m estimated by the server at each upload of worker m,
///   L_m = ||g_new - g_old|| / ||theta^t - thetahat_m||,
/// g being the gradients that its contributions contain, and with a maximum delay. Selects the
/// workers with L_m^2 ||theta^t - thetahat_m||^2 >= threshold, so that all take part in the first
/// iteration.
class LasgPs final : public Participation {
 public:
  struct Config {
    int workers = 1;
    double smoothness = 0.1;  ///< L_m before the second upload
    Movement::Config movement;
    std::int64_t max_delay = 50;
    bool workers_apply_gamma = true;  ///< Surroundings::workers_apply_gamma
  };
  explicit LasgPs(const Config& config);

  std::vector<bool> choose(const Model& theta, StepSize size) override;
  void received(int worker, const Message& before, const Message& upload) override;

  /// [M] L_m.
  [[nodiscard]] const std::vector<double>& smoothness() const { return smoothness_; }

  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Participation> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  /// ||upload / gamma - before / gamma_before||: the change of the gradient.
  [[nodiscard]] double change(const Message& before, double gamma_before,
                              const Message& upload) const;

  Movement movement_;
  std::int64_t max_delay_;
  bool workers_apply_gamma_;
  ContributionModels models_;
  std::vector<double> smoothness_;  ///< [M] L_m
  std::vector<double> gamma_;       ///< [M] factor on the gradient in the newest contribution
  double gamma_now_ = 1;            ///< the same in the open iteration
  std::size_t d_ = 0;
};

inline constexpr NumberParameter smoothness_parameter{
    .key = "smoothness",
    .help =
        "start value of each worker's estimated smoothness constant L_m, until its second "
        "upload",
    .range = {.above = 0, .up_to = 1e12},
    .default_value = 0.1};

extern const SendRuleKind lasg_ps_kind;

}  // namespace gradwire::algorithms
