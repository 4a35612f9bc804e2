#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/problem.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::testing_support {

/// f(x) = sum_i a_i (x_i - c_i)^2 / 2 of worker m, as in tests/reference/memories.py: its gradient
/// is exact in every iteration.
class WeightedQuadratic final : public GradientOracle {
 public:
  static constexpr std::size_t d = 6;
  explicit WeightedQuadratic(int m) {
    for (int i = 0; i < static_cast<int>(d); ++i) {
      a_.push_back(0.5F + static_cast<float>((5 * i + 3 * m) % 7) / 4);
      c_.push_back(static_cast<float>((7 * i + 11 * m) % 13 - 6) / 4);
    }
  }
  std::span<const float> at(const Model& theta) override {
    result_ = gradient(theta->parameters());
    return result_;
  }
  double squared_distance(const Model& a, const Model& b) override {
    return gradwire::squared_distance(gradient(a->parameters()), gradient(b->parameters()));
  }
  [[nodiscard]] Vector gradient(std::span<const float> x) const {
    Vector g;
    for (std::size_t i = 0; i < d; ++i) g.push_back(a_[i] * (x[i] - c_[i]));
    return g;
  }

 private:
  Vector a_, c_, result_;
};

/// Three workers with these objectives, and the server.
struct QuadraticTeam {
  static constexpr int workers = 3;
  explicit QuadraticTeam(const algorithms::AlgorithmConfig& config)
      : team(workers, make_worker(config, layout(), workers)),
        server(make_server(config, layout(), Vector(WeightedQuadratic::d, 0.0F), workers)) {}

  static Layout layout() {
    Layout layout;
    layout.add("x", {static_cast<std::int64_t>(WeightedQuadratic::d)});
    return layout;
  }
  [[nodiscard]] std::vector<algorithms::Message> messages(double gamma) {
    std::vector<algorithms::Message> sent;
    for (int m = 0; m < workers; ++m) {
      WeightedQuadratic objective(m);
      const algorithms::StepContext context{
          .iteration = server.model()->iteration,
          .worker = m,
          .random = random_key(static_cast<std::uint64_t>(3 * server.model()->iteration + m))};
      sent.push_back(team[static_cast<std::size_t>(m)].step(
          server.model(), algorithms::StepSize::same(gamma), objective, context));
    }
    return sent;
  }
  /// Computes one iteration and returns the digits of the workers that sent; "-" if none did.
  std::string step(double gamma) {
    std::vector<algorithms::Message> sent = messages(gamma);
    std::string who;
    for (std::size_t m = 0; m < sent.size(); ++m) {
      if (!std::holds_alternative<algorithms::Skip>(sent[m])) who += std::to_string(m);
    }
    server.step(gamma, std::move(sent));
    return who.empty() ? "-" : who;
  }
  Vector after(int iterations, double gamma) {
    for (int t = 0; t < iterations; ++t) step(gamma);
    return server.model()->plain();
  }

  std::vector<algorithms::Worker> team;
  algorithms::Server server;
};

}  // namespace gradwire::testing_support
