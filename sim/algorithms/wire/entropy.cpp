#include "sim/algorithms/wire/entropy.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

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
  // Several tables, so that equal levels in a row do not wait for each other's count.
  constexpr std::size_t tables = 4;
  const std::size_t values = 2 * static_cast<std::size_t>(s) + 1;
  std::vector<std::uint32_t> counts(values * tables);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    ++counts[static_cast<std::size_t>(levels[i] + s) * tables + i % tables];
  }
  double bits = weighted_log2(static_cast<std::int64_t>(levels.size()));
  for (std::size_t value = 0; value < values; ++value) {
    std::int64_t count = 0;
    for (std::size_t t = 0; t < tables; ++t) count += counts[value * tables + t];
    bits -= weighted_log2(count);
  }
  return whole_bits(bits);
}

std::int64_t entropy_of_signs(const Signs& signs) {
  std::int64_t negative = 0;
  for (const std::uint8_t byte : signs.negative) negative += std::popcount(byte);
  const std::int64_t all = values_in(signs);
  return whole_bits(weighted_log2(all) - weighted_log2(negative) - weighted_log2(all - negative));
}

}  // namespace gradwire::algorithms
