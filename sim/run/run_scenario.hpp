#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/results/run_output.hpp"
#include "sim/results/summary.hpp"
#include "sim/run/checkpoint.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::run {

/// Options of a run besides its scenario; none changes a number in metrics.csv.
struct RunOptions {
  std::optional<std::filesystem::path> data;  ///< folder of the data sets
  int threads = 1;                            ///< number of threads that compute gradients
  CheckpointOptions checkpoint;
  /// Prints a remark for the user that is not part of the results.
  std::function<void(const std::string&)> tell = [](const std::string&) {};
};

/// The outcome of a run besides its metrics.
struct RunResult {
  results::Summary summary;
  std::string trace;  ///< contents of the trace file
};

/// Runs one scenario in this process (one per process: see network::Simulation). Throws InputError
/// for errors in the input that only the data or the platform file reveals, std::logic_error if the
/// byte counts disagree, and Stopped after a requested stop. Resumes from a checkpoint if there is
/// one; the results are byte-identical, except for the host's times, which then cover only the last
/// part.
[[nodiscard]] RunResult run_scenario(const scenario::Scenario& scenario, const RunOptions& options,
                                     const results::RunSink& output);

}  // namespace gradwire::run
