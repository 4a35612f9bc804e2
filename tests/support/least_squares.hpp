#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/problem.hpp"

namespace gradwire::testing_support {

/// Least squares with known data, as in tests/reference/local_steps.py: worker m has the samples
///   a_ij = ((3 i + 5 j + 7 m) % 11 - 5) / 4,  b_i = ((2 i + 3 m) % 7 - 3) / 2
/// of d = 4 entries, and visits them in order, two at a time. Losses are (a x - b)^2 / 2.
class LeastSquares : public Problem {
 public:
  static constexpr std::size_t d = 4;
  static constexpr int batch = 2;

  /// samples: of each worker, multiples of `batch`.
  explicit LeastSquares(std::vector<std::int64_t> samples) : samples_(std::move(samples)) {
    layout_.add("x", {static_cast<std::int64_t>(d)});
  }

  [[nodiscard]] const Layout& layout() const override { return layout_; }
  [[nodiscard]] Vector initial_parameters() const override { return {0.25F, 0.5F, 0.75F, 1.0F}; }
  [[nodiscard]] std::int64_t iterations_per_epoch() const override {
    std::int64_t all = 0;
    for (const std::int64_t n : samples_) all += n;
    return all / (batch * workers());
  }
  [[nodiscard]] int workers() const override { return static_cast<int>(samples_.size()); }
  [[nodiscard]] int batch_size(int /*worker*/) const override { return batch; }
  [[nodiscard]] std::vector<ShardContents> shards() const override {
    std::vector<ShardContents> all;
    for (const std::int64_t n : samples_) all.push_back({.samples = n, .labels = {}});
    return all;
  }
  /// [M] the `step` of the last completed() call; state that checkpoints do not need.
  [[nodiscard]] const std::vector<std::int64_t>& completed_steps() const { return completed_; }
  void completed(int worker, std::int64_t step) override {
    completed_.resize(samples_.size());
    completed_[static_cast<std::size_t>(worker)] = step;
  }

 private:
  class Batch : public gradwire::Minibatch {
   public:
    Batch(int worker, std::vector<std::int64_t> samples)
        : worker_(worker), samples_(std::move(samples)) {}
    std::span<const float> at(const Model& theta) override {
      result_.assign(d, 0.0F);
      statistics_ = {.loss = 0, .correct = 0, .samples = static_cast<int>(samples_.size())};
      for (const std::int64_t i : samples_) add_gradient(i, theta->parameters());
      for (float& g : result_) g /= static_cast<float>(samples_.size());
      return result_;
    }
    double squared_distance(const Model& /*a*/, const Model& /*b*/) override { return 0; }
    [[nodiscard]] BatchStatistics statistics() const override { return statistics_; }

   private:
    void add_gradient(std::int64_t i, std::span<const float> x) {
      Vector a(d);
      float error = -static_cast<float>((2 * i + 3 * worker_) % 7 - 3) / 2;
      for (std::size_t j = 0; j < d; ++j) {
        const auto column = static_cast<std::int64_t>(j);
        a[j] = static_cast<float>((3 * i + 5 * column + 7 * worker_) % 11 - 5) / 4;
        error += a[j] * x[j];
      }
      for (std::size_t j = 0; j < d; ++j) result_[j] += error * a[j];
      statistics_.loss += error * error / 2;
    }

    int worker_;
    std::vector<std::int64_t> samples_;
    Vector result_;
    BatchStatistics statistics_;
  };

  std::unique_ptr<gradwire::Minibatch> make_minibatch(int worker, const BatchRange& range,
                                                      const Model& /*own*/) override {
    const std::int64_t n = samples_.at(static_cast<std::size_t>(worker));
    std::vector<std::int64_t> samples;
    for (int i = 0; i < range.size; ++i) samples.push_back((range.first + i) % n);
    return std::make_unique<Batch>(worker, std::move(samples));
  }
  Evaluation evaluation(const Model& /*theta*/, const ParallelFor& /*each*/) override { return {}; }

  Layout layout_;
  std::vector<std::int64_t> samples_;
  std::vector<std::int64_t> completed_;
};

}  // namespace gradwire::testing_support
