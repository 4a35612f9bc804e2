#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "sim/commands/crossover_lines.hpp"
#include "sim/commands/temporary_folder.hpp"
#include "sim/experiment/sweep_runner.hpp"

namespace gradwire::commands {

/// Replays lines at any place of an axis, a child process a seed. A place is the logarithm of the
/// first setting's value; the others move along between the same two steps.
class CrossoverReplays {
 public:
  /// Works in a folder of its own inside `root`, where traces need no copies.
  CrossoverReplays(const experiment::CrossoverRequest& request, const std::filesystem::path& root,
                   experiment::SweepOptions options);

  /// What the line's runs at the axis's steps cost needs no replay.
  void take(const Line& line, const std::vector<double>& steps);
  /// Costs to the goal are part of those of whole runs.
  void take_whole_as_part(const Line& line, const std::vector<double>& steps);
  /// Asks for a line's costs at a place; `whole`: of the whole run, else only as far as the goal.
  void want(const Line& line, double place, bool whole);
  /// Replays what was asked for and is not known.
  experiment::SweepReport run();

  [[nodiscard]] bool knows(const Line& line, double place, bool whole) const;
  /// Of each seed of the line.
  [[nodiscard]] const std::vector<RunCosts>& costs(const Line& line, double place,
                                                   bool whole) const;
  [[nodiscard]] std::size_t replays() const { return replays_; }

 private:
  using Key = std::tuple<const Line*, double, bool>;

  [[nodiscard]] experiment::PlannedRun plan(const Replicate& replicate, double place,
                                            bool whole) const;

  const experiment::CrossoverRequest& request_;
  experiment::SweepOptions options_;
  TemporaryFolder folder_;
  std::set<Key> wanted_;
  std::map<Key, std::vector<RunCosts>> known_;
  std::size_t replays_ = 0;
};

/// The settings' values at a place, in the order of request.paths.
[[nodiscard]] std::vector<double> values_at(const experiment::CrossoverRequest& request,
                                            double place);

}  // namespace gradwire::commands
