#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::testing_support {

/// Minimise sum_m f_m, f_m = sum_i a_mi (theta_i - c_mi)^2 / 2 over d entries, with full gradients.
/// The smoothness constants L_m = max_i a_mi of successive workers differ by a factor.
class Bowls : public Problem {
 public:
  struct Config {
    int workers = 5;
    std::int64_t d = 20;
    double factor = 2.0;  ///< L_{m+1} / L_m; L_0 = 1
    std::uint64_t seed = 1;
  };
  explicit Bowls(const Config& config) {
    layout_.add("weight", {config.d});
    RandomStream random = stream(config.seed, "bowls");
    for (int m = 0; m < config.workers; ++m) {
      Bowl bowl;
      for (std::int64_t i = 0; i < config.d; ++i) {
        const double share = i == 0 ? 1.0 : 0.1 + 0.9 * random.uniform();
        bowl.curvature.push_back(static_cast<float>(share * std::pow(config.factor, m)));
        bowl.centre.push_back(static_cast<float>(random.normal()));
      }
      bowls_.push_back(std::move(bowl));
    }
  }

  [[nodiscard]] const Layout& layout() const override { return layout_; }
  [[nodiscard]] Vector initial_parameters() const override { return Vector(layout_.size(), 3.0F); }
  [[nodiscard]] std::int64_t iterations_per_epoch() const override { return 1; }
  [[nodiscard]] int workers() const override { return static_cast<int>(bowls_.size()); }
  [[nodiscard]] int batch_size(int /*worker*/) const override { return 1; }
  [[nodiscard]] std::vector<double> worker_smoothness() override {
    std::vector<double> result;
    for (const Bowl& bowl : bowls_) result.push_back(*std::ranges::max_element(bowl.curvature));
    return result;
  }
  /// An upper bound of the sum's: sum_m L_m.
  [[nodiscard]] std::optional<double> smoothness() override {
    double sum = 0.0;
    for (const double l : worker_smoothness()) sum += l;
    return sum;
  }

 private:
  struct Bowl {
    Vector curvature, centre;  // [d] a_m, c_m
  };
  class Batch : public gradwire::Minibatch {
   public:
    explicit Batch(const Bowl& bowl) : bowl_(bowl) {}
    std::span<const float> at(const Model& theta) override { return gradient_ = gradient(theta); }
    double squared_distance(const Model& a, const Model& b) override {
      return gradwire::squared_distance(gradient(a), gradient(b));
    }
    [[nodiscard]] BatchStatistics statistics() const override {
      return {.loss = 1.0, .correct = 0, .samples = 1};
    }

   private:
    [[nodiscard]] Vector gradient(const Model& theta) const {
      Vector g = theta->plain();
      for (std::size_t i = 0; i < g.size(); ++i) {
        g[i] = bowl_.curvature[i] * (g[i] - bowl_.centre[i]);
      }
      return g;
    }
    const Bowl& bowl_;
    Vector gradient_;
  };

  std::unique_ptr<gradwire::Minibatch> make_minibatch(int worker, const BatchRange& /*range*/,
                                                      const Model& /*own*/) override {
    return std::make_unique<Batch>(bowls_.at(static_cast<std::size_t>(worker)));
  }
  Evaluation evaluation(const Model& theta, const ParallelFor& /*each*/) override {
    return {.loss = squared_norm(theta->parameters()), .accuracy = {}, .top5_accuracy = {}};
  }

  Layout layout_;
  std::vector<Bowl> bowls_;  ///< [M]
};

}  // namespace gradwire::testing_support
