#pragma once

#include <filesystem>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Reads results folders, single runs' folders (runs/<id>) and runs.csv files that stand alone. Of
/// a results folder the runs' own folders count; a line of runs.csv counts where its run has no
/// folder. Runs without a summary.json are not complete: they are noted and left out, and so are
/// files and rows that cannot be read. A run that is there twice counts once. Throws InputError if
/// no run remains, and when one scenario has two different results of which runs.csv lists both or
/// neither.
[[nodiscard]] Results load(const std::vector<std::filesystem::path>& places);

}  // namespace gradwire::analysis
