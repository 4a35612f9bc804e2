#include "sim/algorithms/server_steps/adaptive.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/archive.hpp"

namespace gradwire::algorithms {
namespace {

// Loops over a block without branches, which the compiler turns into vector instructions; every
// operation rounds by itself, so that bits depend neither on their width nor on the block.

/// beta and 1 - beta, each rounded once: the second is small.
struct Weights {
  explicit Weights(double beta)
      : old(static_cast<float>(beta)), fresh(static_cast<float>(1 - beta)) {}
  float old;
  float fresh;
};

/// mean <- beta mean + (1 - beta) x.
void average(Weights beta, std::span<const float> x, std::span<float> mean) {
  for (std::size_t i = 0; i < x.size(); ++i) mean[i] = beta.old * mean[i] + beta.fresh * x[i];
}

/// mean <- beta mean + (1 - beta) x^2.
void average_squares(Weights beta, std::span<const float> x, std::span<float> mean) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean[i] = beta.old * mean[i] + beta.fresh * (x[i] * x[i]);
  }
}

/// largest <- max(largest, x).
void raise(std::span<const float> x, std::span<float> largest) {
  for (std::size_t i = 0; i < x.size(); ++i) largest[i] = std::max(largest[i], x[i]);
}

/// largest <- max(largest, beta largest + (1 - beta) x^2).
void raise_by_squares(Weights beta, std::span<const float> x, std::span<float> largest) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    largest[i] = std::max(largest[i], beta.old * largest[i] + beta.fresh * (x[i] * x[i]));
  }
}

/// second <- second - (1 - beta) sign(second - x^2) x^2.
void move_towards_squares(Weights beta, std::span<const float> x, std::span<float> second) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float square = x[i] * x[i];
    const float change = beta.fresh * square;
    const float signed_change = second[i] < square ? change : -change;
    second[i] += second[i] == square ? 0.0F : signed_change;
  }
}

/// out <- h / (sqrt(u) + epsilon), or h / sqrt(u + epsilon).
void divide_by_root(std::span<const float> h, std::span<const float> u, float epsilon, bool inside,
                    std::span<float> out) {
  const float under = inside ? epsilon : 0.0F;
  const float beside = inside ? 0.0F : epsilon;
  for (std::size_t i = 0; i < h.size(); ++i) out[i] = h[i] / (std::sqrt(u[i] + under) + beside);
}

}  // namespace

void Adaptive::step(std::size_t begin, StepFactors factors, std::span<const float> theta,
                    std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) {
  if (first_.empty()) start();
  const std::size_t n = aggregate.size();
  for (float& entry : aggregate) entry *= factors.weight;
  const auto first = std::span(first_).subspan(begin, n);
  average(Weights(config_.beta1), aggregate, first);
  const auto second = advance_second(begin, aggregate);
  divide_by_root(first, second, config_.epsilon, config_.epsilon_inside, aggregate);
  take_step(-factors.gamma, theta, aggregate, next, moved);
}

void Adaptive::start() {
  first_ = Vector(d_, 0.0F);
  second_ = Vector(d_, config_.initial_second);
  if (config_.rule == Rule::amsgrad) largest_ = second_;
}

std::span<const float> Adaptive::advance_second(std::size_t begin,
                                                std::span<const float> aggregate) {
  const auto second = std::span(second_).subspan(begin, aggregate.size());
  switch (config_.rule) {
    case Rule::adam:
      average_squares(Weights(config_.beta2), aggregate, second);
      return second;
    case Rule::yogi:
      move_towards_squares(Weights(config_.beta2), aggregate, second);
      return second;
    case Rule::amsgrad_of_largest:
      raise_by_squares(Weights(config_.beta2), aggregate, second);
      return second;
    case Rule::amsgrad:
      break;
  }
  const auto largest = std::span(largest_).subspan(begin, aggregate.size());
  average_squares(Weights(config_.beta2), aggregate, second);
  raise(second, largest);
  return largest;
}

Bytes Adaptive::state_bytes() const {
  const std::size_t floats = first_.size() + second_.size() + largest_.size();
  return {static_cast<std::int64_t>(floats * sizeof(float))};
}

void Adaptive::save(SavingArchive& archive) const { archive(first_, second_, largest_); }

void Adaptive::load(LoadingArchive& archive) { archive(first_, second_, largest_); }

namespace {

constexpr Parameter adam_parameters[] = {&beta1_parameter, &beta2_parameter, &epsilon_parameter};
constexpr Parameter amsgrad_parameters[] = {&beta1_parameter, &beta2_parameter, &epsilon_parameter,
                                            &epsilon_place_parameter, &second_moment_of_parameter};

bool always(const AlgorithmConfig& /*config*/) { return true; }

Adaptive::Config config_of(const AlgorithmConfig& config, Adaptive::Rule rule) {
  return {.rule = rule,
          .beta1 = config.get(beta1_parameter),
          .beta2 = config.get(beta2_parameter),
          .epsilon = static_cast<float>(config.get(epsilon_parameter))};
}

/// As in the paper's Algorithm 2: the squares start at tau^2.
std::unique_ptr<ServerStep> make_federated(const AlgorithmConfig& given, Adaptive::Rule rule,
                                           const Layout& layout) {
  Adaptive::Config config = config_of(given, rule);
  config.initial_second = config.epsilon * config.epsilon;
  return std::make_unique<Adaptive>(config, layout.size());
}

std::unique_ptr<ServerStep> make_amsgrad(const AlgorithmConfig& given, const Layout& layout) {
  const bool of_largest =
      given.choice<SecondMomentOf>(second_moment_of_parameter) == SecondMomentOf::largest;
  Adaptive::Config config =
      config_of(given, of_largest ? Adaptive::Rule::amsgrad_of_largest : Adaptive::Rule::amsgrad);
  config.epsilon_inside =
      given.choice<EpsilonPlace>(epsilon_place_parameter) == EpsilonPlace::inside;
  return std::make_unique<Adaptive>(config, layout.size());
}

}  // namespace

constinit const ServerStepKind adam_kind{
    .name = "adam",
    .summary = "divides the aggregate's running mean by the root of that of its squares",
    .source = "FedAdam, Reddi et al., arXiv 2003.00295, Algorithm 2",
    .parameters = adam_parameters,
    .make =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return make_federated(config, Adaptive::Rule::adam, layout);
        },
    .applies_gamma = always};

constinit const ServerStepKind yogi_kind{
    .name = "yogi",
    .summary = "as adam, with squares that change by no more than their new value",
    .source = "FedYogi, Reddi et al., arXiv 2003.00295, Algorithm 2",
    .parameters = adam_parameters,
    .make =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return make_federated(config, Adaptive::Rule::yogi, layout);
        },
    .applies_gamma = always};

constinit const ServerStepKind amsgrad_kind{
    .name = "amsgrad",
    .summary = "as adam, with the largest mean of squares so far",
    .source = "CADA, Chen et al., arXiv 2012.15469, as in its authors' code",
    .parameters = amsgrad_parameters,
    .make = make_amsgrad,
    .applies_gamma = always};

}  // namespace gradwire::algorithms
