#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/experiment/checkpoint.hpp"
#include "sim/experiment/run_output.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace gradwire::experiment {

/// What a run needs beside its scenario; nothing here changes a number of metrics.csv.
struct RunOptions {
  std::optional<std::filesystem::path> data;  ///< folder of data sets
  int threads = 1;                            ///< that compute gradients
  CheckpointOptions checkpoint;
  /// Where a sentence goes that people should read now and that is no part of the results.
  std::function<void(const std::string&)> tell = [](const std::string&) {};
};

/// What remains of a run beside its metrics.
struct RunResult {
  Summary summary;
  std::string trace;  ///< the file
};

/// Runs one scenario in this process (one a process: see network::Simulation). Throws InputError
/// for input that only the data or the platform file shows to be wrong, and std::logic_error when
/// the books do not agree, and Stopped when asked to stop. Goes on from a checkpoint where there is
/// one; the results are the same to the byte, but for the host's times, which are then of the last
/// part alone.
[[nodiscard]] RunResult run_scenario(const Scenario& scenario, const RunOptions& options,
                                     const RunOutput& output);

}  // namespace gradwire::experiment
