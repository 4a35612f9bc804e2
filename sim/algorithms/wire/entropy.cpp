#include "sim/algorithms/wire/entropy.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "sim/algorithms/wire/level_counts.hpp"

namespace gradwire::algorithms {
namespace {

/// log2 n!
double log2_factorial(std::size_t n) {
  int sign = 0;  // lgamma() would store it in a global
  return ::lgamma_r(static_cast<double>(n) + 1.0, &sign) / std::numbers::ln2;
}

/// n H of counts with the sum n: n log2 n - sum c log2 c, given as its terms.
double weighted_log2(std::int64_t count) {
  return count > 0 ? static_cast<double>(count) * std::log2(static_cast<double>(count)) : 0.0;
}

/// Rounding errors of less than 1e-6 of a bit do not add a bit.
std::int64_t whole_bits(double bits) {
  constexpr double tolerance = 1e-6;
  return static_cast<std::int64_t>(std::ceil(bits - tolerance));
}

}  // namespace

std::int64_t entropy_of_positions(std::span<const Block> blocks) {
  double bits = 0.0;
  for (const Block& block : blocks) {
    bits += log2_factorial(block.size) - log2_factorial(block.kept) -
            log2_factorial(block.size - block.kept);
  }
  return whole_bits(bits);
}

std::int64_t entropy_of_levels(std::span<const std::int16_t> levels, int s) {
  return entropy_of_levels(level_counts(levels, s));
}

std::int64_t entropy_of_levels(std::span<const std::uint32_t> counts) {
  double bits = weighted_log2(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  for (const std::int64_t count : counts) bits -= weighted_log2(count);
  return whole_bits(bits);
}

std::int64_t entropy_of_signs(const Signs& signs) {
  std::int64_t negative = 0;
  for (const std::uint8_t byte : signs.negative) negative += std::popcount(byte);
  const std::int64_t all = values_in(signs);
  return whole_bits(weighted_log2(all) - weighted_log2(negative) - weighted_log2(all - negative));
}

}  // namespace gradwire::algorithms
