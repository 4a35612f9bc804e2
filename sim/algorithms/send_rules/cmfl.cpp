#include "sim/algorithms/send_rules/cmfl.hpp"

#include <cmath>
#include <utility>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

bool Cmfl::should_send(const RuleInput& input) {
  const Model& theta = input.theta;
  const Model received = std::exchange(last_, theta);
  if (!received) return true;
  const bool stayed = theta->squared_step == 0 && theta->iteration == received->iteration + 1;
  if (!stayed) before_ = received;
  if (!before_) return true;
  const auto t = static_cast<double>(theta->iteration + 1);
  const double share = relevance(input.gradient.at(theta), theta->parameters(), before_->plain());
  return share > initial_threshold_ / std::sqrt(t);
}

Bytes Cmfl::state_bytes() const {
  std::size_t floats = 0;
  for (const Model& model : {last_, before_}) floats += model ? model->size() : 0;
  return {static_cast<std::int64_t>(floats * sizeof(float))};
}

void Cmfl::save(SavingArchive& archive) const { archive(last_, before_); }

void Cmfl::load(LoadingArchive& archive) { archive(last_, before_); }

double relevance(std::span<const float> gradient, std::span<const float> now,
                 std::span<const float> before) {
  std::int64_t agreeing = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const float moved = now[i] - before[i];
    const bool same = (gradient[i] < 0) == (moved > 0) && (gradient[i] > 0) == (moved < 0);
    agreeing += same ? 1 : 0;
  }
  return static_cast<double>(agreeing) / static_cast<double>(gradient.size());
}

namespace {

constexpr Parameter cmfl_parameters[] = {&threshold_scale_parameter};
constexpr ParameterDefault cmfl_defaults[] = {{"threshold_scale", 0.8}};

}  // namespace

constinit const SendRuleKind cmfl_kind{
    .name = "cmfl",
    .summary =
        "if the share of the entries with the sign of the model's last step is above v_0 "
        "(threshold_scale) / sqrt(t)",
    .source = "CMFL, Wang, Wang, Li, ICDCS 2019",
    .parameters = cmfl_parameters,
    .make = [](const AlgorithmConfig& config, int) -> std::unique_ptr<SendRule> {
      return std::make_unique<Cmfl>(config.get(threshold_scale_parameter));
    },
    .skips = true,
    .reuses_contributions = false,
    .decides_by_offer = true,
    .defaults = cmfl_defaults};

}  // namespace gradwire::algorithms
