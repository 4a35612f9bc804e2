#pragma once

#include <optional>

#include "sim/algorithms/send_rules/movement.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// The rules of LASG and CADA, as in their authors' code. A worker compares two gradients of the
/// same minibatch, so that the noise of its sampling cancels, and sends
///   if  change >= threshold,  or if  tau >= D_max, where tau counts iterations.
/// The threshold is Movement's, of LASG with its gamma, of CADA with 1 in place of gamma w M. In
/// the authors' code gradients have the factor 1/M and the threshold is 1/M^2 of this one.
class StochasticLazy : public SendRule {
 public:
  struct Config {
    int max_delay = 50;  ///< D_max
    Movement::Config movement = {};
    bool divides_by_gamma = true;  ///< LASG's threshold, else CADA's
  };

  /// A worker none of whose uploads has arrived sends.
  bool should_send(const RuleInput& input) override;
  [[nodiscard]] double auxiliary_gradients() const override { return decided() ? 0 : 1; }
  [[nodiscard]] Model reference_model() const override {
    return decided() ? nullptr : state_.reference;
  }

  void delivered() override { before_.reset(); }
  void rollback() override;
  void skip_iteration(const Model& theta, StepSize size) override;

  /// Size of the stored model, the stored difference and the window.
  [[nodiscard]] Bytes state_bytes() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 protected:
  struct State {
    Model reference;    ///< the older model of the comparison
    Vector difference;  ///< WK1: of the gradients at the last upload, [d]; empty: zero
    int delay = 0;      ///< tau
  };

  explicit StochasticLazy(const Config& config) : config_(config), movement_(config.movement) {}

  /// After the first upload.
  [[nodiscard]] virtual State first(const Model& theta) const = 0;
  /// After an upload now, if the gradient has changed enough; `state`: with the current tau.
  [[nodiscard]] virtual std::optional<State> triggered(const RuleInput& input, const State& state,
                                                       double threshold) const = 0;

 private:
  /// Whether the next decision is to send in any case.
  [[nodiscard]] bool decided() const {
    return !state_.reference || state_.delay + 1 >= config_.max_delay;
  }

  Config config_;
  State state_;
  Movement movement_;
  std::optional<State> before_;  ///< state_ before the upload that has not been confirmed
};

/// change = ||g(theta^t) - g(theta_sent)||^2, theta_sent: the model of the last upload. Each upload
/// restarts tau.
class LasgWk2 final : public StochasticLazy {
 public:
  explicit LasgWk2(const Config& config) : StochasticLazy(config) {}
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override {
    return std::make_unique<LasgWk2>(*this);
  }

 private:
  [[nodiscard]] State first(const Model& theta) const override { return {theta, {}, 0}; }
  [[nodiscard]] std::optional<State> triggered(const RuleInput& input, const State& state,
                                               double threshold) const override;
};

/// change = ||delta - delta_sent||^2, delta = g(theta^t) - g(snapshot), delta_sent: that of the
/// last upload. When tau reaches D_max, theta^t becomes the snapshot, delta_sent 0 and tau 0; other
/// uploads set delta_sent only.
class LasgWk1 final : public StochasticLazy {
 public:
  explicit LasgWk1(const Config& config) : StochasticLazy(config) {}
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override {
    return std::make_unique<LasgWk1>(*this);
  }

 private:
  /// The authors count the first upload as triggered: tau keeps counting.
  [[nodiscard]] State first(const Model& theta) const override { return {theta, {}, 1}; }
  [[nodiscard]] std::optional<State> triggered(const RuleInput& input, const State& state,
                                               double threshold) const override;
};

enum class ThresholdBy { step_size, nothing };

inline constexpr Choice threshold_by_choices[] = {
    {"step_size", "the squared step size (LASG)"},
    {"nothing", "nothing: its sum is compared as it is (CADA)"}};
static_assert(has_row_for_each(threshold_by_choices, ThresholdBy::nothing));
inline constexpr ChoiceParameter threshold_by_parameter{
    .key = "threshold_by",
    .help = "what the model's movement is divided by in the threshold, besides the window",
    .choices = threshold_by_choices,
    .default_value = "step_size"};

extern const SendRuleKind lasg_wk1_kind;
extern const SendRuleKind lasg_wk2_kind;

}  // namespace gradwire::algorithms
