#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/results_folder.hpp"

namespace gradwire::experiment {

struct SweepOptions {
  int jobs = 1;                               ///< runs at a time
  int threads = 1;                            ///< of each run
  std::optional<std::filesystem::path> data;  ///< folder of data sets
  bool fresh = false;                         ///< also runs that are complete
  bool quiet = false;
  bool timeline = false;                         ///< each run writes its timeline.json too
  bool summary_only = false;                     ///< of replays nothing else is wanted
  std::optional<std::int64_t> checkpoint_every;  ///< iterations; by default by time
};

struct SweepReport {
  std::size_t complete = 0;           ///< of the planned runs, now
  std::vector<std::string> failures;  ///< a line each
  int interrupted_by = 0;             ///< a signal, or 0
};

/// Runs what is not complete yet, one child process a run. A run that fails costs only itself.
SweepReport run_sweep(const std::vector<PlannedRun>& runs, const ResultsFolder& results,
                      const SweepOptions& options);

/// "sasg, seed 19": the swept values of a run, for people.
[[nodiscard]] std::string label_of(const PlannedRun& run);

}  // namespace gradwire::experiment
