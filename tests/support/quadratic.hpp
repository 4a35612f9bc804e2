#pragma once

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

/// Minimise sum_m ||theta - c_m||^2 / 2 with noisy gradients theta - c_m + noise(m, t): every
/// gradient is known in closed form, and the noise is the same at every model of an iteration, like
/// the samples of a minibatch. Its standard deviation is `noise` for a minibatch of batch_size()
/// samples, and falls with the root of the size.
class Quadratic : public Problem {
 public:
  Quadratic(int workers, Layout layout, std::uint64_t seed, double noise)
      : layout_(std::move(layout)), seed_(seed), noise_(noise) {
    for (int m = 0; m < workers; ++m) {
      centres_.push_back(draws("centre", static_cast<std::uint64_t>(m), 0, 1.0));
    }
  }

  [[nodiscard]] const Layout& layout() const override { return layout_; }
  [[nodiscard]] Vector initial_parameters() const override { return draws("weights", 0, 0, 3.0); }
  [[nodiscard]] std::int64_t iterations_per_epoch() const override { return 5; }
  [[nodiscard]] int workers() const override { return static_cast<int>(centres_.size()); }
  [[nodiscard]] int batch_size(int /*worker*/) const override { return 2; }
  [[nodiscard]] std::vector<double> worker_smoothness() override {
    return std::vector<double>(centres_.size(), 1.0);
  }

 private:
  std::unique_ptr<gradwire::Minibatch> make_minibatch(int worker, const BatchRange& range,
                                                      const Model& /*own*/) override {
    const auto m = static_cast<std::size_t>(worker);
    const double scale = noise_ * std::sqrt(static_cast<double>(batch_size(worker)) / range.size);
    return std::make_unique<Batch>(
        centres_.at(m), draws("noise", m, static_cast<std::uint64_t>(range.step), scale),
        BatchStatistics{.loss = 1.0 + worker, .correct = 1, .samples = range.size});
  }
  Evaluation evaluation(const Model& theta, const ParallelFor& /*each*/) override {
    return {.loss = squared_norm(theta->parameters()), .accuracy = 0.5, .top5_accuracy = {}};
  }
  class Batch : public gradwire::Minibatch {
   public:
    Batch(const Vector& centre, Vector noise, const BatchStatistics& statistics)
        : centre_(centre), noise_(std::move(noise)), statistics_(statistics) {}
    std::span<const float> at(const Model& theta) override {
      result_ = gradient(theta);
      return result_;
    }
    double squared_distance(const Model& a, const Model& b) override {
      return gradwire::squared_distance(gradient(a), gradient(b));
    }
    [[nodiscard]] BatchStatistics statistics() const override { return statistics_; }

   private:
    [[nodiscard]] Vector gradient(const Model& theta) const {
      Vector g = theta->plain();
      subtract(centre_, g);
      add_scaled(1.0F, noise_, g);
      return g;
    }
    const Vector& centre_;
    Vector noise_;
    BatchStatistics statistics_;
    Vector result_;
  };

  [[nodiscard]] Vector draws(const char* purpose, std::uint64_t a, std::uint64_t b,
                             double scale) const {
    RandomStream random = stream(seed_, purpose, a, b);
    Vector v(layout_.size());
    for (float& x : v) x = static_cast<float>(scale * random.normal());
    return v;
  }

  Layout layout_;
  std::uint64_t seed_;
  double noise_;
  std::vector<Vector> centres_;
};

/// Two tensors with `d` elements together; d >= 4.
inline Layout two_tensors(std::int64_t d) {
  Layout layout;
  layout.add("weight", {d - 3});
  layout.add("bias", {3});
  return layout;
}

}  // namespace gradwire::testing_support
