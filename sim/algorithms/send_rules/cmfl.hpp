#pragma once

#include <span>

#include "sim/algorithms/send_rules/send_rule.hpp"

namespace gradwire::algorithms {

/// CMFL's rule: sends if the worker's update is relevant, that is if the share of its entries with
/// the sign of the model's last step is above v_0/sqrt(t), t from 1. A step of length 0, after an
/// iteration without uploads, does not count: otherwise no worker would send again. Without a step
/// it sends. What is not sent is dropped.
class Cmfl final : public SendRule {
 public:
  /// initial_threshold: v_0.
  explicit Cmfl(double initial_threshold) : initial_threshold_(initial_threshold) {}

  bool should_send(const RuleInput& input) override;

  /// Size of the two models.
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override {
    return std::make_unique<Cmfl>(*this);
  }
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  double initial_threshold_;
  Model last_;    ///< the newest model that the worker received
  Model before_;  ///< the one before the last step
};

/// Share of the entries i where -gradient_i has the sign of now_i - before_i; the sign of 0 is that
/// of 0 only. All: [d].
[[nodiscard]] double relevance(std::span<const float> gradient, std::span<const float> now,
                               std::span<const float> before);

extern const SendRuleKind cmfl_kind;

}  // namespace gradwire::algorithms
