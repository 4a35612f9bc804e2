#pragma once

#include <filesystem>
#include <functional>

#include "sim/results/run_output.hpp"
#include "sim/results/summary.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::results {

/// Executes a run and writes its trace into the folder.
using RunFunction = std::function<Summary(const scenario::Scenario&, const RunSink&,
                                          const std::filesystem::path& folder)>;

/// The files to write besides summary.json.
struct RunFiles {
  bool metrics = true;
  bool workers = true;
  bool graph = true;  ///< if there is one
  bool timeline = false;
};

/// Executes FOLDER/scenario.json by `run` and writes summary.json and the requested `files` next to
/// it. Throws what `run` throws, and SystemError if a file cannot be written.
void execute_run(const std::filesystem::path& folder, RunFiles files,
                 const std::function<void(const Progress&)>& progress, const RunFunction& run);

/// Puts a replayed trace into the replay's folder: as a hard link if the file system supports that,
/// else as a copy.
void share_trace(const std::filesystem::path& trace, const std::filesystem::path& folder);

}  // namespace gradwire::results
