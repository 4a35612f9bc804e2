#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/statistics/crossing.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/sweep/experiment_file.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::studies {

/// A property that may hold at a place of the axis: a method takes less time than another, saves
/// more than a share of the other's time, or computes for longer than it communicates.
struct Statement {
  enum class Kind { takes_less, saves, compute_bound };
  Kind kind = Kind::takes_less;
  std::string method;
  std::string than;     ///< the other method; empty for compute_bound
  double margin = 0.0;  ///< share of the other method's time
  friend bool operator==(const Statement&, const Statement&) = default;
};

/// A place where a statement begins or ceases to hold. Values of the axis's first setting in base
/// units.
struct Crossover {
  bool holds_below = false;  ///< true: holds below and not above; false: the reverse
  double at = 0.0;
  double low = 0.0, high = 0.0;  ///< nearest replayed values on either side
  std::optional<analysis::Interval> interval;
};

/// A statement in one setting under one network model, and where it holds.
struct Finding {
  std::string setting, model;
  Statement statement;
  std::string unknown;           ///< why it cannot be decided; else empty
  bool at_first = false;         ///< holds at the smallest value
  std::vector<Crossover> found;  ///< ascending; empty: it holds everywhere or nowhere
  std::size_t seeds = 0;
};

struct Findings {
  std::vector<Finding> all;
  std::size_t replays = 0;   ///< number of replays executed
  std::size_t left_out = 0;  ///< lines without a run at some value of the axis
  sweep::SweepReport report;
};

/// Searches for the crossovers of plan.crossovers by replaying the complete runs of `results`.
[[nodiscard]] Findings find_crossovers(const sweep::Plan& plan,
                                       const results::ResultsFolder& results,
                                       const sweep::SweepOptions& options);

}  // namespace gradwire::studies
