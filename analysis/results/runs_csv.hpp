#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// The runs of a runs.csv, gradwire's or another program's. A row that cannot be read is left out;
/// `notes` gain a sentence with its line. Throws InputError if the file or its header cannot be
/// read.
[[nodiscard]] std::vector<Run> read_runs_csv(const std::filesystem::path& file,
                                             std::vector<std::string>& notes);

}  // namespace gradwire::analysis
