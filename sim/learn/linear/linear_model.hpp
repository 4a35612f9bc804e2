#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/core/problem.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/samples/sample_set.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// z = W x + b: one output for the losses logistic and squared, one per class for cross_entropy.
/// Losses and gradients are summed in double precision; sparse rows are not expanded. Stateless,
/// hence thread-safe. Spans of theta are [d].
class LinearModel {
 public:
  struct Config {
    std::int64_t inputs = 1;
    std::int64_t classes = 2;
    bool bias = true;
    LossKind loss = LossKind::logistic;
  };
  explicit LinearModel(const Config& config);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// PyTorch's default for Linear, uniform in +-1/sqrt(inputs).
  [[nodiscard]] Vector initial_parameters(const RandomSource& draws) const;

  /// Sums of the samples' losses and correct predictions; adds their gradients to `gradient`, [d],
  /// unless that is empty. `samples`: indices into `data`, which has targets unless the loss is
  /// cross_entropy.
  BatchStatistics add_gradient(std::span<const float> theta, const SampleSet& data,
                               std::span<const std::uint32_t> samples,
                               std::span<double> gradient) const;

  /// out <- out + weight sum_i x_i (x_i^T v), where x_i are the samples' inputs, with a 1 for the
  /// bias. v, out: [inputs, or inputs + 1 with a bias].
  void add_gram_product(const SampleSet& data, std::span<const std::uint32_t> samples,
                        double weight, std::span<const double> v, std::span<double> out) const;
  /// inputs, or inputs + 1 with a bias.
  [[nodiscard]] std::size_t columns() const { return inputs_ + (bias_ ? 1 : 0); }
  /// Upper bound of the loss's second derivative by its outputs: 1/4, 1, or 1/2 (cross_entropy).
  [[nodiscard]] double curvature() const;

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  bool bias_;
  LossKind loss_;
  Layout layout_;
};

}  // namespace gradwire::learn
