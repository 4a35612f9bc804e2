#pragma once

#include "sim/algorithms/send_rules/send_rule.hpp"

namespace gradwire::algorithms {

/// Sends in every iteration.
class Always final : public SendRule {
 public:
  bool should_send(const RuleInput& /*input*/) override { return true; }
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override {
    return std::make_unique<Always>(*this);
  }
};

inline constexpr SendRuleKind always_kind{
    .name = "always",
    .summary = "in every iteration",
    .source = "",
    .parameters = {},
    .make = [](const AlgorithmConfig&, int) -> std::unique_ptr<SendRule> {
      return std::make_unique<Always>();
    },
    .decides_by_offer = true};

}  // namespace gradwire::algorithms
