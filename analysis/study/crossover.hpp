#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/cost.hpp"
#include "analysis/study/sweep_over.hpp"

namespace gradwire::analysis {

/// Value of a swept setting at which two series cost the same. Between two measured values the
/// logarithm of the cost ratio is interpolated linearly in the logarithm of the setting.
struct Crossover {
  std::string below;  ///< label of the series that is cheaper at smaller values
  std::string above;  ///< label of the series that is cheaper at larger values
  double from = 0.0;  ///< measured values on either side of `at`
  double to = 0.0;
  double at = 0.0;
  std::optional<Interval> interval;  ///< 95 %, paired bootstrap, limited to `from` and `to`
  std::size_t pairs = 0;
};

/// Labels of two series.
struct TwoSeries {
  std::string first, second;
};

struct Crossovers {
  std::vector<Crossover> found;
  std::vector<TwoSeries> never;  ///< the first costs less than the second at every measured value
  /// Not every run has the cost (if one series is incomplete, it is the first), or no seed is
  /// common to all.
  std::vector<TwoSeries> unknown;
};

/// Crossovers of every pair of series of the sweep, in `column`.
[[nodiscard]] Crossovers crossovers_in(const SweepOver& sweep, const std::string& column);

}  // namespace gradwire::analysis
