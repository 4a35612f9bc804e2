#include "sim/algorithms/send_rules/lazy.hpp"

#include <numeric>
#include <utility>

#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

Lazy::Lazy(const Config& config) : config_(config), delay_(config.first_delay) {}

bool Lazy::should_send(const RuleInput& input) {
  const Model& theta = input.theta;
  const double gamma = input.size.in_threshold;
  observe(theta, gamma);
  const bool warm_up = warming_up();
  const bool send = decided() || differs_enough(theta, gamma, input.gradient);  // (M4)
  ++decisions_;
  delay_before_ = delay_;
  if (send) {
    sent_before_ = std::exchange(theta_sent_, theta);
    if (!warm_up) delay_ = 1;
  } else {
    ++delay_;
  }
  return send;
}

void Lazy::rollback() {
  theta_sent_ = std::exchange(sent_before_, nullptr);
  delay_ = delay_before_ + 1;
}

void Lazy::skip_iteration(const Model& theta, StepSize step) {
  observe(theta, step.in_threshold);
  ++decisions_;
  ++delay_;
}

/// (M4) worth sending unless  ||g(theta) - g(theta_sent)||^2
///                            <= c/(gamma M^2) sum_{i=1..window} ||theta^{t+1-i} - theta^{t-i}||^2
bool Lazy::differs_enough(const Model& theta, double gamma, GradientOracle& gradient) const {
  const double m = config_.workers;
  const double step = config_.gamma_is_frozen ? frozen_gamma_ : gamma;
  const double innovation = gradient.squared_distance(theta, theta_sent_);
  const double movement = std::accumulate(moves_.begin(), moves_.end(), 0.0);
  return innovation > config_.threshold_scale * movement / (step * m * m);
}

void Lazy::observe(const Model& theta, double gamma) {
  if (decisions_ == 0) {
    frozen_gamma_ = gamma;
    return;  // theta^0 results from no step
  }
  moves_.insert(moves_.begin(), theta->squared_step);
  if (moves_.size() > static_cast<std::size_t>(config_.window)) moves_.pop_back();
}

Bytes Lazy::state_bytes() const {
  const std::size_t remembered = theta_sent_ ? theta_sent_->size() * sizeof(float) : 0;
  return {static_cast<std::int64_t>(remembered + moves_.size() * sizeof(double))};
}

std::unique_ptr<SendRule> Lazy::clone() const { return std::make_unique<Lazy>(*this); }

void Lazy::save(SavingArchive& archive) const {
  archive(decisions_, delay_, frozen_gamma_, theta_sent_, moves_);
}

void Lazy::load(LoadingArchive& archive) {
  archive(decisions_, delay_, frozen_gamma_, theta_sent_, moves_);
}

Lazy::Config lazy_config(const AlgorithmConfig& config, int workers) {
  const auto max_delay = static_cast<int>(config.get(max_delay_parameter));
  Lazy::Config lazy{.workers = workers,
                    .max_delay = max_delay,
                    .threshold_scale = config.get(threshold_scale_parameter)};
  if (config.choice<LazyVariant>(variant_parameter) == LazyVariant::paper) {
    lazy.warm_up = 1;
    lazy.window = max_delay;
    lazy.first_delay = 1;
    lazy.gamma_is_frozen = true;
  } else {
    lazy.warm_up = max_delay;
    lazy.window = max_delay - 1;
  }
  return lazy;
}

namespace {

constexpr Parameter lazy_parameters[] = {&max_delay_parameter, &threshold_scale_parameter,
                                         &variant_parameter};

}  // namespace

constinit const SendRuleKind lasg_kind{
    .name = "lasg",
    .summary = "unless the gradient has changed too little since the last upload (LASG-WK2)",
    .source = "SASG, arXiv 2112.04088, eq. (7)",
    .parameters = lazy_parameters,
    .make = [](const AlgorithmConfig& config, int workers) -> std::unique_ptr<SendRule> {
      return std::make_unique<Lazy>(lazy_config(config, workers));
    },
    .skips = true,
    .first_auxiliary = [](const AlgorithmConfig& config) -> std::int64_t {
      return lazy_config(config, 1).warm_up;
    }};

}  // namespace gradwire::algorithms
