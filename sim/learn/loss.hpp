#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "sim/core/problem.hpp"

namespace gradwire::learn {

/// A sample's loss as a function of the model's single output z, and its derivative by z.
struct ScalarLoss {
  double value = 0.0;
  double derivative = 0.0;
};

/// log(1 + exp(-y z)); y usually +-1.
[[nodiscard]] ScalarLoss logistic_loss(double z, double y);
/// (z - y)^2 / 2.
[[nodiscard]] ScalarLoss squared_loss(double z, double y);

/// Softmax of the logits, their cross-entropy in nats, whether the label has the largest logit (the
/// first of equal ones) and whether fewer than five logits exceed the label's. In double precision.
/// likelihoods: [classes], output.
template <class Real>
BatchStatistics cross_entropy(std::span<const Real> logits, std::size_t label,
                              std::span<double> likelihoods) {
  const auto largest = std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (std::size_t j = 0; j < logits.size(); ++j) {
    likelihoods[j] = std::exp(static_cast<double>(logits[j]) - static_cast<double>(*largest));
    sum += likelihoods[j];
  }
  for (double& p : likelihoods) p /= sum;
  const double loss = std::log(sum) + (static_cast<double>(*largest) - logits[label]);
  const bool hit = static_cast<std::size_t>(largest - logits.begin()) == label;
  const auto rank = std::count_if(logits.begin(), logits.end(),
                                  [own = logits[label]](Real z) { return z > own; });
  return {.loss = loss, .correct = hit ? 1 : 0, .samples = 1, .correct_top5 = rank < 5 ? 1 : 0};
}

}  // namespace gradwire::learn
