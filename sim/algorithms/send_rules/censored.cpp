#include "sim/algorithms/send_rules/censored.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

/// (w/D) times the sum of D - 1 steps is w (D - 1)/D times their mean.
Censored::Censored(const Config& config)
    : config_(config),
      movement_({.scale = config.threshold_scale * (config.window - 1) / config.window,
                 .window = std::max(1, config.window - 1),
                 .total_weight = config.total_weight}) {}

bool Censored::should_send(const RuleInput& input) {
  skip_iteration(input.theta, input.size);
  const auto g = input.gradient.at(input.theta);
  const double least = threshold(input.theta->iteration, input.size.in_threshold);
  if (!sent_.empty() && !(squared_distance(g, sent_) > least)) return false;
  before_ = std::exchange(sent_, Vector(g.begin(), g.end()));
  return true;
}

void Censored::rollback() {
  if (before_) sent_ = std::move(*before_);
  before_.reset();
}

void Censored::skip_iteration(const Model& theta, StepSize /*size*/) { movement_.observe(*theta); }

double Censored::threshold(std::int64_t t, double gamma) const {
  const double m = config_.workers;
  const double movement = t + 1 < config_.window ? 0.0 : movement_.threshold(gamma);
  const double offset =
      config_.threshold_offset * std::pow(config_.threshold_decay, static_cast<double>(t));
  return (movement + offset) / (m * m);
}

Bytes Censored::state_bytes() const {
  return Bytes{static_cast<std::int64_t>(sent_.size() * sizeof(float))} + movement_.state_bytes();
}

std::unique_ptr<SendRule> Censored::clone() const { return std::make_unique<Censored>(*this); }

void Censored::save(SavingArchive& archive) const { archive(sent_, movement_); }

void Censored::load(LoadingArchive& archive) { archive(sent_, movement_); }

int growing_batch(int base, double growth, std::int64_t cap, std::int64_t t) {
  const double grown = base * std::pow(growth, static_cast<double>(t));  // infinity if too large
  return std::max(1, static_cast<int>(std::min(grown, static_cast<double>(cap))));
}

namespace {

constexpr Parameter censored_parameters[] = {
    &threshold_scale_parameter, &window_parameter,       &threshold_offset_parameter,
    &threshold_decay_parameter, &batch_growth_parameter, &batch_cap_parameter};

constexpr ParameterDefault csgd_on_mnist[] = {{"threshold_scale", 1.0 / 60},
                                              {"threshold_offset", 0.7},
                                              {"threshold_decay", 0.991},
                                              {"batch_growth", 1.01}};

}  // namespace

constinit const SendRuleKind censored_kind{
    .name = "censored",
    .summary =
        "if the gradient differs from that of the last upload by 1/M^2 times (w "
        "(threshold_scale) times the mean squared step of the model, divided by gamma^2, "
        "plus sigma_t); minibatches grow",
    .source = "CSGD, arXiv 1909.03631, as in its authors' code",
    .parameters = censored_parameters,
    .make = [](const AlgorithmConfig& config, int workers) -> std::unique_ptr<SendRule> {
      return std::make_unique<Censored>(
          Censored::Config{.workers = workers,
                           .total_weight = movement_config(config, workers).total_weight,
                           .window = static_cast<int>(config.get(window_parameter)),
                           .threshold_scale = config.get(threshold_scale_parameter),
                           .threshold_offset = config.get(threshold_offset_parameter),
                           .threshold_decay = config.get(threshold_decay_parameter)});
    },
    .skips = true,
    .decides_by_offer = true,
    .batch_size =
        [](const AlgorithmConfig& config, int base, std::int64_t t) {
          return growing_batch(base, config.get(batch_growth_parameter),
                               config.get(batch_cap_parameter), t);
        },
    .defaults = csgd_on_mnist};

}  // namespace gradwire::algorithms
