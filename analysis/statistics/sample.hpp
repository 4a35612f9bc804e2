#pragma once

#include <span>

namespace gradwire::analysis {

/// Mean of at least one value.
[[nodiscard]] double mean(std::span<const double> values);
/// Standard deviation with n - 1; 0 for a single value.
[[nodiscard]] double standard_deviation(std::span<const double> values);

}  // namespace gradwire::analysis
