#pragma once

#include <span>

namespace gradwire::analysis {

/// Of at least one value.
[[nodiscard]] double mean(std::span<const double> values);
/// With n - 1; 0 of a single value.
[[nodiscard]] double standard_deviation(std::span<const double> values);

}  // namespace gradwire::analysis
