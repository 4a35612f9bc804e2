#include "sim/algorithms/send_rules/lag_wk.hpp"

#include <utility>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

bool LagWk::should_send(const RuleInput& input) {
  movement_.observe(*input.theta);
  ++age_;
  const std::span<const float> g = input.gradient.at(input.theta);
  const bool send = uploaded_.empty() || age_ >= max_delay_ ||
                    squared_distance(g, uploaded_) > movement_.threshold(input.size.in_threshold);
  if (!send) return false;
  uploaded_before_ = std::exchange(uploaded_, Vector(g.begin(), g.end()));
  age_before_ = std::exchange(age_, 0);
  return true;
}

void LagWk::rollback() {
  uploaded_ = std::exchange(uploaded_before_, {});
  age_ = age_before_;
}

void LagWk::skip_iteration(const Model& theta, StepSize /*size*/) {
  movement_.observe(*theta);
  ++age_;
}

Bytes LagWk::state_bytes() const {
  return Bytes{static_cast<std::int64_t>(uploaded_.size() * sizeof(float))} +
         movement_.state_bytes();
}

std::unique_ptr<SendRule> LagWk::clone() const { return std::make_unique<LagWk>(*this); }

void LagWk::save(SavingArchive& archive) const { archive(movement_, age_, uploaded_); }

void LagWk::load(LoadingArchive& archive) { archive(movement_, age_, uploaded_); }

namespace {

constexpr Parameter lag_wk_parameters[] = {&max_delay_parameter, &threshold_scale_parameter,
                                           &window_parameter};
constexpr ParameterDefault lag_wk_defaults[] = {{"max_delay", longest_delay},
                                                {"threshold_scale", 1.0}};

}  // namespace

constinit const SendRuleKind lag_wk_kind{
    .name = "lag_wk",
    .summary = "unless the gradient differs too little from that of the last upload (LAG-WK)",
    .source = "LAG, arXiv 1805.09965, and its authors' code",
    .parameters = lag_wk_parameters,
    .make = [](const AlgorithmConfig& config, int workers) -> std::unique_ptr<SendRule> {
      return std::make_unique<LagWk>(LagWk::Config{.movement = movement_config(config, workers),
                                                   .max_delay = config.get(max_delay_parameter)});
    },
    .skips = true,
    .defaults = lag_wk_defaults};

}  // namespace gradwire::algorithms
