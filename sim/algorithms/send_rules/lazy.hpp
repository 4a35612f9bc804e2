#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/algorithms/send_rules/send_rule.hpp"
#include "sim/algorithms/send_rules/threshold_parameters.hpp"

namespace gradwire::algorithms {

/// Sends if the gradient has changed by more than a threshold in the movement of the model, or
/// after too many iterations without sending: the rule of LASG-WK2 and SASG, (M4).
class Lazy final : public SendRule {
 public:
  struct Config {
    int workers = 1;               ///< M
    int max_delay = 10;            ///< D: most consecutive skips, after the warm-up
    double threshold_scale = 0.5;  ///< c
    int warm_up = 10;              ///< number of first iterations in which every worker sends
    int window = 9;                ///< number of newest model steps in the sum
    int first_delay = 0;           ///< tau at the end of the warm-up
    /// The step size in the threshold: that of the first iteration throughout, instead of the
    /// current one.
    bool gamma_is_frozen = false;
  };
  explicit Lazy(const Config& config);

  /// Stores theta^t if the result is true. A worker none of whose uploads has arrived sends,
  /// because it has no reference model.
  bool should_send(const RuleInput& input) override;
  [[nodiscard]] double auxiliary_gradients() const override { return must_send() ? 0 : 1; }
  [[nodiscard]] Model reference_model() const override { return decided() ? nullptr : theta_sent_; }

  void delivered() override { sent_before_.reset(); }
  void rollback() override;
  void skip_iteration(const Model& theta, StepSize step) override;

  /// Size of the stored model and the window.
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  [[nodiscard]] bool warming_up() const { return decisions_ < config_.warm_up; }
  [[nodiscard]] bool must_send() const { return warming_up() || !theta_sent_; }
  [[nodiscard]] bool decided() const { return must_send() || delay_ > config_.max_delay; }
  bool differs_enough(const Model& theta, double gamma, GradientOracle& gradient) const;
  void observe(const Model& theta, double gamma);

  Config config_;
  int decisions_ = 0;
  int delay_;                  ///< tau
  double frozen_gamma_ = 0;    ///< gamma of the first iteration
  Model theta_sent_;           ///< theta at the last upload
  std::vector<double> moves_;  ///< ||theta^{t+1-i} - theta^{t-i}||^2, newest first
  Model sent_before_;          ///< theta_sent_ before the upload that has not been confirmed
  int delay_before_ = 0;       ///< tau before the last decision
};

/// Where the paper and its authors' notebooks differ.
enum class LazyVariant { notebook, paper };

inline constexpr Choice variant_choices[] = {{"notebook", "as in the authors' notebooks"},
                                             {"paper", "as in the paper's Algorithm 1"}};
static_assert(has_row_for_each(variant_choices, LazyVariant::paper));
inline constexpr ChoiceParameter variant_parameter{.key = "variant",
                                                   .help = "details in which paper and code differ",
                                                   .choices = variant_choices,
                                                   .default_value = "notebook"};

/// The rule of the authors' notebook, or as printed in the paper (D4).
[[nodiscard]] Lazy::Config lazy_config(const AlgorithmConfig& config, int workers);

extern const SendRuleKind lasg_kind;

}  // namespace gradwire::algorithms
