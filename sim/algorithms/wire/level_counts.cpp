#include "sim/algorithms/wire/level_counts.hpp"

#include <cstddef>

namespace gradwire::algorithms {

std::vector<std::uint32_t> level_counts(std::span<const std::int16_t> levels, int s) {
  // Several tables, so that equal levels in a row do not wait for each other's count.
  constexpr std::size_t tables = 4;
  const std::size_t values = 2 * static_cast<std::size_t>(s) + 1;
  std::vector<std::uint32_t> counts(values * tables);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    ++counts[static_cast<std::size_t>(levels[i] + s) * tables + i % tables];
  }
  std::vector<std::uint32_t> sums(values);
  for (std::size_t value = 0; value < values; ++value) {
    for (std::size_t t = 0; t < tables; ++t) sums[value] += counts[value * tables + t];
  }
  return sums;
}

}  // namespace gradwire::algorithms
