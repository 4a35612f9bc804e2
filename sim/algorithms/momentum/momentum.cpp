#include "sim/algorithms/momentum/momentum.hpp"

#include <stdexcept>

#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

void Momentum::apply(std::size_t begin, std::span<const float> theta, std::span<float> gradient) {
  if (config_.weight_decay != 0) {
    for (std::size_t i = 0; i < gradient.size(); ++i)
      gradient[i] += config_.weight_decay * theta[i];
  }
  if (config_.momentum == 0) return;
  if (buffer_.empty()) buffer_ = Vector(d_, 0.0F);
  const auto buffer = std::span(buffer_).subspan(begin, gradient.size());
  const float share = first_ ? 1.0F : static_cast<float>(1.0 - config_.dampening);
  if (begin + gradient.size() == d_) first_ = false;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    buffer[i] = config_.momentum * buffer[i] + share * gradient[i];
    gradient[i] = config_.nesterov ? gradient[i] + config_.momentum * buffer[i] : buffer[i];
  }
}

Bytes Momentum::state_bytes() const {
  return {static_cast<std::int64_t>(buffer_.size() * sizeof(float))};
}

void Momentum::save(SavingArchive& archive) const { archive(buffer_); }

void Momentum::load(LoadingArchive& archive) {
  archive(buffer_);
  first_ = buffer_.empty();
}

bool has_momentum_at(const AlgorithmConfig& config, MomentumPlace place) {
  const bool is_here = config.choice<MomentumPlace>(momentum_at_parameter) == place;
  return is_here &&
         (config.get(momentum_parameter) != 0 || config.get(weight_decay_parameter) != 0);
}

std::optional<Momentum> momentum_at(const AlgorithmConfig& config, MomentumPlace place,
                                    std::size_t d) {
  if (!has_momentum_at(config, place)) return std::nullopt;
  return Momentum({.momentum = static_cast<float>(config.get(momentum_parameter)),
                   .nesterov = config.get(nesterov_parameter),
                   .weight_decay = static_cast<float>(config.get(weight_decay_parameter)),
                   .dampening = config.get(dampening_parameter)},
                  d);
}

MomentumOracle::MomentumOracle(Momentum& momentum, const Model& theta, GradientOracle& inner)
    : theta_(theta), inner_(inner) {
  const auto gradient = inner.at(theta);
  direction_.assign(gradient.begin(), gradient.end());
  momentum.apply(0, theta->parameters(), direction_);
}

std::span<const float> MomentumOracle::at(const Model& theta) {
  if (theta != theta_) throw std::logic_error("a momentum's direction at another model");
  return direction_;
}

}  // namespace gradwire::algorithms
