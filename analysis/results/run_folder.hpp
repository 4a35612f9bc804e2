#pragma once

#include <filesystem>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Reads a run from its own folder (runs/<id>). Throws InputError with the file if scenario.json or
/// summary.json cannot be read or holds a value of another type than gradwire writes.
[[nodiscard]] Run read_run_folder(const std::filesystem::path& folder);

}  // namespace gradwire::analysis
