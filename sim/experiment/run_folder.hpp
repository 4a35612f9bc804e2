#pragma once

#include <filesystem>
#include <functional>

#include "sim/experiment/run_output.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace gradwire::experiment {

/// Does a run, whatever that means, and writes its trace into the folder.
using DoRun =
    std::function<Summary(const Scenario&, const RunOutput&, const std::filesystem::path& folder)>;

/// Files beside summary.json.
struct RunFiles {
  bool metrics = true;
  bool timeline = false;
};

/// Does FOLDER/scenario.json by `run` and writes metrics.csv, summary.json and perhaps
/// timeline.json beside it. Throws what `run` throws, and SystemError when the disk is full.
void do_run_in(const std::filesystem::path& folder, RunFiles files,
               const std::function<void(const Progress&)>& progress, const DoRun& run);

/// Puts a replayed trace into the replay's folder: the same file under another name where the disk
/// can do that, else a copy.
void share_trace(const std::filesystem::path& trace, const std::filesystem::path& folder);

}  // namespace gradwire::experiment
