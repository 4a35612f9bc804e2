#pragma once

#include <filesystem>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Reads results folders, folders of single runs (runs/<id>) and stand-alone runs.csv files. In a
/// results folder the runs' own folders count; a row of runs.csv counts if its run has no folder.
/// Runs without a summary.json are incomplete: they are left out with a note, as are files and rows
/// that cannot be read. A run that is given twice counts once. Throws InputError if no run remains,
/// or if one scenario has two different results of which runs.csv lists both or neither.
[[nodiscard]] Results load(const std::vector<std::filesystem::path>& places);

}  // namespace gradwire::analysis
