#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/results/results_folder.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::sweep {

struct SweepOptions {
  int jobs = 1;                               ///< runs at a time
  int threads = 1;                            ///< per run
  std::optional<std::filesystem::path> data;  ///< folder of data sets
  bool fresh = false;                         ///< repeat complete runs, too
  bool quiet = false;
  bool timeline = false;                         ///< each run also writes timeline.json
  bool summary_only = false;                     ///< replays write no file other than summary.json
  std::optional<std::int64_t> checkpoint_every;  ///< iterations; none: by time
};

struct SweepReport {
  std::size_t complete = 0;  ///< planned runs that are complete, including those complete before
  std::vector<std::string> failures;  ///< one line each
  int interrupted_by = 0;             ///< a signal, or 0
};

/// Executes the runs that are not complete yet, each in a child process. A failed run does not end
/// the sweep.
SweepReport run_sweep(const std::vector<scenario::PlannedRun>& runs,
                      const results::ResultsFolder& results, const SweepOptions& options);

/// The swept values of a run, for display: "sasg, seed 19".
[[nodiscard]] std::string label_of(const scenario::PlannedRun& run);

}  // namespace gradwire::sweep
