#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "sim/core/temporary_folder.hpp"
#include "sim/studies/crossover_lines.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::studies {

/// Replays lines at any place of an axis, one child process per seed. A place is the logarithm of
/// the value of the axis's first setting; between two steps, the other settings are interpolated
/// linearly in their logarithms.
class CrossoverReplays {
 public:
  /// Uses a temporary folder inside `root`, on the same file system, where traces need no copies.
  CrossoverReplays(const sweep::CrossoverRequest& request, const std::filesystem::path& root,
                   sweep::SweepOptions options);

  /// Stores the costs of the line's existing runs at the steps of the axis, which need no replay.
  void take(const Line& line, const std::vector<double>& steps);
  /// Uses the costs of whole runs at the steps also as costs to the goal, which they include.
  void reuse_whole_runs(const Line& line, const std::vector<double>& steps);
  /// Schedules a replay of a line at a place; `whole`: of the whole run, else only up to the goal.
  void want(const Line& line, double place, bool whole);
  /// Replays what was scheduled by want(). On failure or interruption stores nothing.
  sweep::SweepReport run();

  [[nodiscard]] bool knows(const Line& line, double place, bool whole) const;
  /// Costs per seed of the line. Throws std::out_of_range for costs that are not known.
  [[nodiscard]] const std::vector<RunCosts>& costs(const Line& line, double place,
                                                   bool whole) const;
  [[nodiscard]] std::size_t replays() const { return replays_; }

 private:
  using Key = std::tuple<const Line*, double, bool>;

  [[nodiscard]] scenario::PlannedRun plan(const Replicate& replicate, double place,
                                          bool whole) const;

  const sweep::CrossoverRequest& request_;
  sweep::SweepOptions options_;
  TemporaryFolder folder_;
  std::set<Key> wanted_;
  std::map<Key, std::vector<RunCosts>> known_;
  std::size_t replays_ = 0;
};

/// Values of the settings at a place, in the order of request.paths.
[[nodiscard]] std::vector<double> values_at(const sweep::CrossoverRequest& request, double place);

}  // namespace gradwire::studies
