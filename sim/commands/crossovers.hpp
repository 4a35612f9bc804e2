#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/statistics/crossing.hpp"
#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/sweep_runner.hpp"

namespace gradwire::commands {

/// What may hold along an axis or not: a method takes less time than another, saves more than a
/// share of the other's time, or computes for longer than it communicates.
struct Statement {
  enum class Kind { takes_less, saves, compute_bound };
  Kind kind = Kind::takes_less;
  std::string method;
  std::string than;     ///< the other method; empty for compute_bound
  double margin = 0.0;  ///< share of the other's time
  friend bool operator==(const Statement&, const Statement&) = default;
};

/// Where a statement begins or ends to hold. Values of the axis's first setting in base units.
struct Crossover {
  bool holds_below = false;  ///< and not above it; or the other way round
  double at = 0.0;
  double low = 0.0, high = 0.0;  ///< replayed, on either side
  std::optional<analysis::Interval> interval;
};

/// A statement in one setting, under one network model.
struct Finding {
  std::string setting, model;
  Statement statement;
  std::string unknown;           ///< why nothing can be said; else empty
  bool at_first = false;         ///< holds at the smallest value
  std::vector<Crossover> found;  ///< ascending; none: it holds everywhere, or nowhere
  std::size_t seeds = 0;
};

struct Findings {
  std::vector<Finding> all;
  std::size_t replays = 0;   ///< that it took
  std::size_t left_out = 0;  ///< methods in a setting that lack a run at some value of the axis
  experiment::SweepReport report;
};

/// Looks for plan.crossovers among the complete runs of `results` by replaying them.
[[nodiscard]] Findings find_crossovers(const experiment::Plan& plan,
                                       const experiment::ResultsFolder& results,
                                       const experiment::SweepOptions& options);

}  // namespace gradwire::commands
