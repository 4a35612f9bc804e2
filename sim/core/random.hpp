#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace gradwire {

/// A named random stream: the same (seed, purpose, first, second) gives the same draws on every
/// machine, whatever other streams are used. xoshiro256** (Blackman, Vigna 2021), seeded by
/// splitmix64.
class RandomStream {
 public:
  /// Uniform over all 64-bit numbers.
  std::uint64_t next();
  /// In [0, 1), 53 bits.
  double uniform();
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In {0 .. bound - 1} without bias (Lemire 2019); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (polar method).
  double normal();
  /// Gamma distribution with this shape > 0 and scale 1 (Marsaglia, Tsang 2000).
  double gamma(double shape);
  /// Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  friend RandomStream stream(std::uint64_t, std::string_view, std::uint64_t, std::uint64_t);
  std::uint64_t state_[4] = {};
};

/// A number that identifies a stream: seed of its state, or of counter-based draws
/// (kernels/random_bits.hpp).
[[nodiscard]] std::uint64_t stream_hash(std::uint64_t seed, std::string_view purpose,
                                        std::uint64_t first = 0, std::uint64_t second = 0);

/// The stream of one purpose (stream_names.hpp); `first` and `second` distinguish,
/// for instance, workers and epochs.
[[nodiscard]] RandomStream stream(std::uint64_t seed, std::string_view purpose,
                                  std::uint64_t first = 0, std::uint64_t second = 0);

}  // namespace gradwire
