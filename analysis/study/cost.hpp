#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/statistics/bootstrap.hpp"
#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// One column ("baseline.rounds", "final.test_accuracy") over the runs of a series. Nothing is
/// dropped in silence: runs without a number are counted by why they have none.
struct Cost {
  std::vector<double> values;      ///< of the runs that have it, by seed
  std::vector<std::string> seeds;  ///< of those
  std::vector<double> bounds;      ///< what the runs that did not reach the baseline exceed
  std::size_t runs = 0;
  std::size_t not_reached = 0;  ///< had a baseline, and ended before it
  std::size_t diverged = 0;     ///< ended with numbers that are none
  std::size_t no_goal = 0;      ///< had no baseline
  std::size_t unknown = 0;      ///< the results lack the column

  [[nodiscard]] bool whole() const { return !values.empty() && values.size() == runs; }
  /// A lower bound of the mean: what did not reach the baseline counts with what it spent. None
  /// where even that is not known.
  [[nodiscard]] std::optional<double> mean_exceeds() const;
  /// "2 not reached, 1 diverged"; empty if whole().
  [[nodiscard]] std::string shortfall() const;
};

[[nodiscard]] Cost cost_of(const Series& series, const std::string& column);

/// A series' cost as a multiple of another's, paired by seed.
struct Ratio {
  std::optional<double> value;       ///< mean over the pairs / mean over the pairs
  std::optional<Interval> interval;  ///< 95 %, paired bootstrap; from two pairs on
  std::size_t pairs = 0;
};

/// Without a value where runs of either have none, or no seed is common: a ratio of what happened
/// to be finished would mislead.
[[nodiscard]] Ratio ratio_of(const Cost& cost, const Cost& reference);

}  // namespace gradwire::analysis
