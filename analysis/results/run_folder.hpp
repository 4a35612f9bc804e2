#pragma once

#include <filesystem>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// A run as its own folder (runs/<id>) has it. Throws InputError with the file where scenario.json
/// or summary.json cannot be read or holds a value of another type than gradwire writes.
[[nodiscard]] Run read_run_folder(const std::filesystem::path& folder);

}  // namespace gradwire::analysis
