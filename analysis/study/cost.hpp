#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/statistics/bootstrap.hpp"
#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// One column ("baseline.rounds", "final.test_accuracy") over the runs of a series. Runs without a
/// number are counted by the reason, so that none is dropped silently.
struct Cost {
  std::vector<double> values;      ///< of the runs that have one, by ascending seed
  std::vector<std::string> seeds;  ///< seeds of `values`
  std::vector<double> bounds;      ///< spent by runs that did not reach the baseline
  std::size_t runs = 0;
  std::size_t not_reached = 0;  ///< had a baseline, and ended before reaching it
  std::size_t diverged = 0;     ///< ended with numbers that are not finite
  std::size_t no_baseline = 0;  ///< had no baseline
  std::size_t unknown = 0;      ///< the results lack the column

  [[nodiscard]] bool whole() const { return !values.empty() && values.size() == runs; }
  /// A lower bound of the mean, in which runs that did not reach the baseline count with what they
  /// had spent. None if that is unknown for a run.
  [[nodiscard]] std::optional<double> mean_lower_bound() const;
  /// Why numbers are missing: "2 not reached, 1 diverged"; empty if whole().
  [[nodiscard]] std::string missing_reasons() const;
};

[[nodiscard]] Cost cost_of(const Series& series, const std::string& column);

/// A column per 100 iterations of each run; without values unless all runs have both numbers.
[[nodiscard]] Cost per_100_iterations(const Series& series, const std::string& column);

/// Cost of a series as a multiple of another's, paired by seed.
struct Ratio {
  std::optional<double> value;       ///< mean cost / mean reference cost, both over the pairs
  std::optional<Interval> interval;  ///< 95 %, paired bootstrap; needs two pairs
  std::size_t pairs = 0;
};

/// Has no value if a run of either lacks a number or no seed is common: a ratio over the runs that
/// happened to finish would mislead.
[[nodiscard]] Ratio ratio_of(const Cost& cost, const Cost& reference);

}  // namespace gradwire::analysis
