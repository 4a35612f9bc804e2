#include "sim/algorithms/server_steps/adagrad.hpp"

#include <cmath>

#include "sim/algorithms/server_steps/adaptive.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

void Adagrad::step(std::size_t begin, StepFactors factors, std::span<const float> theta,
                   std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) {
  if (squares_.empty()) squares_ = Vector(d_, 0.0F);
  const auto squares = std::span(squares_).subspan(begin, aggregate.size());
  for (std::size_t i = 0; i < aggregate.size(); ++i) {
    const float g = factors.weight * aggregate[i];
    squares[i] += g * g;
    aggregate[i] = g / (std::sqrt(squares[i]) + epsilon_);
  }
  take_step(-factors.gamma, theta, aggregate, next, moved);
}

Bytes Adagrad::state_bytes() const {
  return {static_cast<std::int64_t>(squares_.size() * sizeof(float))};
}

void Adagrad::save(SavingArchive& archive) const { archive(squares_); }

void Adagrad::load(LoadingArchive& archive) { archive(squares_); }

namespace {

constexpr Parameter adagrad_parameters[] = {&epsilon_parameter};

}  // namespace

constinit const ServerStepKind adagrad_kind{
    .name = "adagrad",
    .summary = "divides each entry by the root of the sum of its squares so far",
    .source = "Duchi, Hazan, Singer, JMLR 12 (2011)",
    .parameters = adagrad_parameters,
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<ServerStep> {
      return std::make_unique<Adagrad>(static_cast<float>(config.get(epsilon_parameter)),
                                       layout.size());
    },
    .applies_gamma = [](const AlgorithmConfig&) { return true; }};

}  // namespace gradwire::algorithms
