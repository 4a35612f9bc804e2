#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace gradwire::testing_support {

/// Pearson's statistic of counts whose expectations are equal: under that hypothesis a chi-square
/// variable with counts.size() - 1 degrees of freedom, if the draws are independent.
inline double chi_square(const std::vector<std::uint64_t>& counts) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0ULL));
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0.0;
  for (const std::uint64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

/// The distance of a chi-square variable from its mean in standard deviations.
inline double chi_square_deviations(double statistic, double degrees) {
  return (statistic - degrees) / std::sqrt(2.0 * degrees);
}

/// As above, of the hypothesis that the counts have equal expectations.
inline double deviations_from_uniform(const std::vector<std::uint64_t>& counts) {
  return chi_square_deviations(chi_square(counts), static_cast<double>(counts.size() - 1));
}

}  // namespace gradwire::testing_support
