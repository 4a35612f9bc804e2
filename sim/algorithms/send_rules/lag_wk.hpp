#pragma once

#include <cstdint>
#include <memory>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/send_rules/movement.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"

namespace gradwire::algorithms {

/// LAG-WK: sends if ||g_m - ghat_m||^2 exceeds the threshold in the model's movement, where ghat_m
/// is the gradient of the last upload, before gamma and compression. Unlike LASG-WK2's, the rule
/// needs no second gradient.
class LagWk final : public SendRule {
 public:
  struct Config {
    Movement::Config movement;
    std::int64_t max_delay = longest_delay;  ///< sends this many iterations after its last upload
  };
  explicit LagWk(const Config& config) : movement_(config.movement), max_delay_(config.max_delay) {}

  bool should_send(const RuleInput& input) override;
  void delivered() override { uploaded_before_ = {}; }
  void rollback() override;
  void skip_iteration(const Model& theta, StepSize size) override;

  /// Size of the stored gradient and the window.
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  Movement movement_;
  std::int64_t max_delay_;
  std::int64_t age_ = 0;         ///< iterations since the last upload
  Vector uploaded_;              ///< ghat_m, [d]; empty before the first upload
  Vector uploaded_before_;       ///< ghat_m before the upload that has not been confirmed
  std::int64_t age_before_ = 0;  ///< age_ at the last upload
};

extern const SendRuleKind lag_wk_kind;

}  // namespace gradwire::algorithms
