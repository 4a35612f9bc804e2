#include "sim/algorithms/send_rules/movement.hpp"

#include "sim/algorithms/send_rules/lazy.hpp"

namespace gradwire::algorithms {

void Movement::observe(const ModelVersion& theta) {
  if (theta.iteration > 0) steps_.add(theta.squared_step);  // theta^0 results from no step
}

double Movement::threshold(double gamma) const {
  const double step = gamma * config_.total_weight;
  return config_.scale * steps_.sum() / (step * step * config_.window);
}

Movement::Config movement_config(const AlgorithmConfig& config, int workers) {
  const bool is_sum = config.reduction == Reduction::sum;
  return {.scale = config.get(threshold_scale_parameter),
          .window = static_cast<int>(config.get(window_parameter)),
          .total_weight = is_sum ? static_cast<double>(workers) : 1.0};
}

}  // namespace gradwire::algorithms
