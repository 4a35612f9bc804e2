#include "sim/algorithms/send_rules/movement.hpp"

#include <numeric>

#include "sim/algorithms/send_rules/lazy.hpp"

namespace gradwire::algorithms {

void Movement::observe(const ModelVersion& theta) {
  if (theta.iteration == 0) return;  // theta^0 results from no step
  squared_steps_.insert(squared_steps_.begin(), theta.squared_step);
  if (squared_steps_.size() > static_cast<std::size_t>(config_.window)) squared_steps_.pop_back();
}

double Movement::threshold(double gamma) const {
  const double sum = std::accumulate(squared_steps_.begin(), squared_steps_.end(), 0.0);
  const double step = gamma * config_.total_weight;
  return config_.scale * sum / (step * step * config_.window);
}

Movement::Config movement_config(const AlgorithmConfig& config, int workers) {
  const bool is_sum = config.reduction == Reduction::sum;
  return {.scale = config.get(threshold_scale_parameter),
          .window = static_cast<int>(config.get(window_parameter)),
          .total_weight = is_sum ? static_cast<double>(workers) : 1.0};
}

}  // namespace gradwire::algorithms
