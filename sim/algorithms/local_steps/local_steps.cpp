#include "sim/algorithms/local_steps/local_steps.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

constexpr std::size_t step_block = 2048;  // stays in the L1 cache

/// theta - x.   [d]
Vector difference_of(std::span<const float> theta, std::span<const float> x) {
  Vector u(theta.begin(), theta.end());
  subtract(x, u);
  return u;
}

}  // namespace

Vector LocalSteps::offer(const Model& theta, Vector start, double gamma, const LocalWork& work,
                         Momentum* momentum) {
  const bool sums = config_.offer == Offer::gradients;
  Vector sum(sums ? theta->size() : 0, 0.0F);
  const Iteration iteration{theta->parameters(), work.common_variate, static_cast<float>(gamma),
                            momentum, sum};
  Vector x = std::move(start);
  for (int step = 0; step < work.steps; ++step) {
    if (x.empty()) {  // at theta itself, whose other forms workers may share
      const auto g = work.minibatches.next(theta).at(theta);
      x.assign(iteration.theta.begin(), iteration.theta.end());
      advance(iteration, g, x);
      continue;
    }
    const auto g = gradient_at(x, work.minibatches, theta->iteration);
    advance(iteration, g, x);
  }
  if (sums) return sum;
  Vector u = difference_of(iteration.theta, x);
  if (config_.has_variates) set_change(u, work.steps * gamma, work.common_variate);
  return u;
}

void LocalSteps::advance(const Iteration& iteration, std::span<const float> g, std::span<float> x) {
  const bool is_plain = config_.proximal == 0 && iteration.common_variate.empty() &&
                        variate_.empty() && iteration.momentum == nullptr && iteration.sum.empty();
  if (is_plain) return add_scaled(-iteration.gamma, g, x);
  std::array<float, step_block> direction;
  for (std::size_t begin = 0; begin < x.size(); begin += step_block) {
    const std::size_t n = std::min(step_block, x.size() - begin);
    const auto d = std::span(direction).first(n);
    const auto own = x.subspan(begin, n);
    std::ranges::copy(g.subspan(begin, n), d.begin());
    correct(iteration, begin, own, d);
    if (iteration.momentum != nullptr) iteration.momentum->apply(begin, own, d);
    if (!iteration.sum.empty()) add_scaled(1.0F, d, iteration.sum.subspan(begin, n));
    add_scaled(-iteration.gamma, d, own);
  }
}

void LocalSteps::correct(const Iteration& iteration, std::size_t begin, std::span<const float> x,
                         std::span<float> d) const {
  const auto theta = iteration.theta.subspan(begin, d.size());
  if (config_.proximal != 0) {
    for (std::size_t i = 0; i < d.size(); ++i) d[i] += config_.proximal * (x[i] - theta[i]);
  }
  if (!iteration.common_variate.empty()) {
    add_scaled(1.0F, iteration.common_variate.subspan(begin, d.size()), d);
  }
  if (!variate_.empty()) subtract(std::span(variate_).subspan(begin, d.size()), d);
}

void LocalSteps::set_change(std::span<const float> difference, double divisor,
                            std::span<const float> common_variate) {
  change_.assign(difference.size(), 0.0F);
  if (divisor == 0) return;  // no step was made
  scale(static_cast<float>(1 / divisor), difference, change_);
  if (!common_variate.empty()) subtract(common_variate, change_);
}

double LocalSteps::server_factor(StepSize size) const {
  if (config_.offer == Offer::difference) return config_.global_rate;
  if (config_.global_rate == 0) return size.gamma / config_.summed;
  return config_.global_rate * size.relative;
}

void LocalSteps::delivered() {
  if (change_.empty()) return;
  if (variate_.empty()) variate_ = Vector(change_.size(), 0.0F);
  add_scaled(1.0F, change_, variate_);
  change_.clear();
}

Bytes LocalSteps::state_bytes() const {
  return {static_cast<std::int64_t>(variate_.size() * sizeof(float))};
}

void LocalSteps::save(SavingArchive& archive) const { archive(variate_); }

void LocalSteps::load(LoadingArchive& archive) { archive(variate_); }

std::span<const float> OfferedVector::at(const Model& theta) {
  if (theta != theta_) throw std::logic_error("what local steps offer, at another model");
  return u_;
}

double OfferedVector::squared_distance(const Model& a, const Model& b) {
  if (a == b) return 0;
  throw std::logic_error("what local steps offer, at two models");
}

LocalSteps make_local_steps(const AlgorithmConfig& config, int drawn) {
  return LocalSteps({.offer = config.choice<Offer>(offer_parameter),
                     .proximal = static_cast<float>(config.get(proximal_parameter)),
                     .global_rate = config.get(global_rate_parameter),
                     .summed = config.reduction == Reduction::sum ? drawn : 1,
                     .has_variates = config.get(control_variates_parameter)});
}

namespace {

constexpr Parameter local_parameters[] = {&local_steps_parameter,     &local_epochs_parameter,
                                          &local_begin_parameter,     &offer_parameter,
                                          &global_rate_parameter,     &proximal_parameter,
                                          &local_momentum_parameter,  &local_nesterov_parameter,
                                          &weight_decay_parameter,    &control_variates_parameter,
                                          &local_statistics_parameter};
constexpr Parameter grouped_parameters[] = {&local_steps_parameter, &group_size_parameter,
                                            &global_steps_parameter, &weight_decay_parameter,
                                            &local_statistics_parameter};

}  // namespace

constinit const UpdateKind gradient_update_kind{.name = "gradient",
                                                .summary = "the scaled gradient of a minibatch",
                                                .source = "",
                                                .parameters = {}};

constinit const UpdateKind local_steps_kind{
    .name = "local_steps",
    .summary = "what several steps of the worker's own model give",
    .source = "Stich, arXiv 1805.09767; McMahan et al., arXiv 1602.05629",
    .parameters = local_parameters,
    .is_local = true};

constinit const UpdateKind grouped_steps_kind{
    .name = "grouped_steps",
    .summary = "the same, averaged inside groups of workers between the averages of all",
    .source = "Zhou, Cong, arXiv 1903.05133",
    .parameters = grouped_parameters,
    .is_local = true,
    .is_grouped = true};

}  // namespace gradwire::algorithms
