#pragma once

#include <cstdint>

#include "sim/kernels/random_bits.hpp"

namespace gradwire::algorithms {

/// Where a step of a worker or the server takes place, and its random numbers: a function of seed,
/// worker and iteration alone.
struct StepContext {
  std::int64_t iteration = 0;  ///< t, from 0
  int worker = 0;              ///< M: the server
  RandomKey random{};          ///< of compressors
  RandomKey shared{};          ///< the same for all workers of the iteration
  double epoch = 0;            ///< passes through the training data before this iteration
};

/// An independent key for a part of the vector.
[[nodiscard]] inline RandomKey key_of_part(const RandomKey& key, std::uint64_t part) {
  return random_key((std::uint64_t{key.words[0]} << 32 | key.words[1]) + part);
}

}  // namespace gradwire::algorithms
