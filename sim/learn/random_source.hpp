#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/learn/pytorch_random.hpp"

namespace gradwire::learn {

/// Selects the random numbers for initial weights, shards and batches.
struct RandomSource {
  // NOLINTNEXTLINE(google-explicit-constructor): a seed alone selects our own named streams
  RandomSource(std::uint64_t seed_) : seed(seed_) {}

  std::uint64_t seed;
  /// Draw as the SASG authors' programs do (pytorch_random.hpp) instead of from our own named
  /// streams (core/random.hpp).
  bool as_pytorch = false;
  /// With as_pytorch: number of models that the authors' program creates before it partitions the
  /// data; listed per method in the table of methods.
  int models = 1;
};

/// Draws the initial weights, one tensor after another.
class Initializer {
 public:
  explicit Initializer(const RandomSource& draws);

  /// Fills the model's `tensor`-th tensor (from 0; to be called in ascending order) with uniform
  /// numbers in [-bound, bound): PyTorch's default for linear and convolutional layers, where bound
  /// is 1/sqrt(fan-in).
  void uniform(std::size_t tensor, double bound, std::span<float> out);

 private:
  std::uint64_t seed_;
  std::optional<PytorchGenerator> pytorch_;
};

}  // namespace gradwire::learn
