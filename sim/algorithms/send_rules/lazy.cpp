#include "sim/algorithms/send_rules/lazy.hpp"

#include <numeric>
#include <utility>

namespace gradwire::algorithms {

Lazy::Lazy(const Config& config) : config_(config), delay_(config.first_delay) {}

bool Lazy::should_send(const Model& theta, StepSize step, GradientOracle& gradient) {
  const double gamma = step.in_threshold;
  observe(theta, gamma);
  const bool warm_up = warming_up();
  const bool send = decided() || differs_enough(theta, gamma, gradient);  // (M4)
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

Lazy::Config lazy_config(const AlgorithmConfig& config, int workers) {
  Lazy::Config lazy{
      .workers = workers, .max_delay = config.max_delay, .threshold_scale = config.threshold_scale};
  if (config.variant == "paper") {
    lazy.warm_up = 1;
    lazy.window = config.max_delay;
    lazy.first_delay = 1;
    lazy.gamma_is_frozen = true;
  } else {
    lazy.warm_up = config.max_delay;
    lazy.window = config.max_delay - 1;
  }
  return lazy;
}

}  // namespace gradwire::algorithms
