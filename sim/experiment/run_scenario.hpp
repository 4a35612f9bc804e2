#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/experiment/recorder.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace gradwire::experiment {

/// What a run needs beside its scenario; nothing here changes a number of metrics.csv.
struct RunOptions {
  std::optional<std::filesystem::path> data;  ///< folder of data sets
  int threads = 1;                            ///< that compute gradients
};

/// Where a run's output goes while it runs.
struct RunOutput {
  std::function<void(const std::string&)> metrics;  ///< text of metrics.csv, in pieces
  std::function<void(const Progress&)> progress;
};

/// Runs one scenario in this process (one a process: see network::Simulation). Throws InputError
/// for input that only the data or the platform file shows to be wrong, and std::logic_error when
/// the books do not agree.
[[nodiscard]] Summary run_scenario(const Scenario& scenario, const RunOptions& options,
                                   const RunOutput& output);

}  // namespace gradwire::experiment
