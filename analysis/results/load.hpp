#pragma once

#include <filesystem>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Reads results folders, single runs' folders (runs/<id>) and runs.csv files that stand alone. Of
/// a results folder the runs' own folders count; a line of runs.csv counts where its run has no
/// folder. Runs without a summary.json are not complete: they are noted and left out. A run that
/// is there twice counts once. Throws InputError, also when one scenario has two different results.
[[nodiscard]] Results load(const std::vector<std::filesystem::path>& places);

}  // namespace gradwire::analysis
