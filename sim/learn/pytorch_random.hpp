#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace gradwire::learn {

// The random numbers of the SASG authors' notebooks, draw for draw: those of PyTorch (1.8 to 1.13,
// on the CPU) and of NumPy's RandomState for a seed. With them a run has the initial weights,
// shards and batches of the authors' run with that seed, and follows their logs up to rounding.

/// torch.Generator on the CPU: MT19937.
class PytorchGenerator {
 public:
  /// manual_seed(seed); only the low 32 bits are used.
  explicit PytorchGenerator(std::uint64_t seed) : engine_(static_cast<std::uint32_t>(seed)) {}

  std::uint32_t next() { return static_cast<std::uint32_t>(engine_()); }
  std::uint64_t next64() {
    const std::uint64_t high = next();
    return high << 32U | next();
  }
  /// An element of Tensor.uniform_(low, high) in single precision.
  float uniform(float low, float high);
  /// torch.randperm(n, generator).
  std::vector<std::uint32_t> permutation(std::uint32_t n);
  /// Skips as many calls of next().
  void discard(std::uint64_t draws) { engine_.discard(draws); }

 private:
  std::mt19937 engine_;
};

/// numpy.random.seed(seed); numpy.random.shuffle(items).
void numpy_shuffle(std::uint32_t seed, std::span<std::uint32_t> items);

/// PyTorch's default generator during training in the authors' programs. An epoch iterates over one
/// DataLoader per worker, each of which draws a base seed and then its sampler's seed, and over the
/// test set after every 100th iteration and at the end, drawing a base seed each time.
class LoaderSeeds {
 public:
  /// `drawn_before`: calls of next() made for the initial weights.
  LoaderSeeds(std::uint64_t seed, std::uint64_t drawn_before, int workers,
              std::int64_t iterations_per_epoch);

  /// Seeds of the workers' samplers in `epoch`, [workers].
  [[nodiscard]] std::vector<std::uint64_t> of(std::int64_t epoch) const;

 private:
  PytorchGenerator start_;
  int workers_;
  std::int64_t iterations_per_epoch_;
};

}  // namespace gradwire::learn
