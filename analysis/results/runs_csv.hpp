#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Reads the runs of a runs.csv, written by gradwire or another program. Rows that cannot be read
/// are left out; `notes` gains a sentence with the line for each. Throws InputError if the file or
/// its header cannot be read.
[[nodiscard]] std::vector<Run> read_runs_csv(const std::filesystem::path& file,
                                             std::vector<std::string>& notes);

}  // namespace gradwire::analysis
