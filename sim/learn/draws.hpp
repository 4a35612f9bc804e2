#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/learn/pytorch_draws.hpp"

namespace gradwire::learn {

/// Which random numbers weights, shards and batches are made of.
struct Draws {
  // NOLINTNEXTLINE(google-explicit-constructor): a seed alone means our own streams
  Draws(std::uint64_t seed_) : seed(seed_) {}

  std::uint64_t seed;
  /// As the SASG authors' programs draw them, in place of our own named streams.
  bool as_pytorch = false;
  /// With as_pytorch: models that the authors' program creates before it deals out the data; the
  /// table of methods has the number of each.
  int models = 1;
};

/// Initial weights, tensor after tensor.
class WeightDraws {
 public:
  explicit WeightDraws(const Draws& draws);

  /// Fills the model's `tensor`-th tensor (from 0, asked for in ascending order) with uniform
  /// numbers in [-bound, bound): PyTorch's default for linear and convolutional layers, where bound
  /// is 1/sqrt(fan-in).
  void uniform(std::size_t tensor, double bound, std::span<float> out);

 private:
  std::uint64_t seed_;
  std::optional<PytorchGenerator> pytorch_;
};

}  // namespace gradwire::learn
