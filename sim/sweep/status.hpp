#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/claims/process_name.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::sweep {

enum class RunState { complete, running, failed, missing };
[[nodiscard]] std::string name_of(RunState state);

/// What a results folder has of one run.
struct RunStatus {
  const scenario::PlannedRun* run = nullptr;
  RunState state = RunState::missing;
  std::optional<results::ProcessName> process;  ///< of a run under way; or claimed by a dead one
  bool process_is_here = false;                 ///< of this host: known to live, or to be dead
  std::string last_beat;                  ///< of a process of another host, by that host's clock
  std::optional<std::int64_t> iteration;  ///< of the last evaluation
  std::optional<double> epoch;
  bool has_checkpoint = false;
  std::filesystem::path log;  ///< of a failed run
  std::string reason;         ///< why it failed, or what is damaged; in one line
};

/// The status of each run of a plan; opens files for reading only.
[[nodiscard]] std::vector<RunStatus> status_of(const Plan& plan,
                                               const std::filesystem::path& folder);

/// Folders and files of unfinished runs that no registered process is known to be writing, with
/// the process that left them.
struct Leftover {
  std::filesystem::path path;
  results::ProcessName process;
};
[[nodiscard]] std::vector<Leftover> leftovers_in(const std::filesystem::path& folder);

}  // namespace gradwire::sweep
