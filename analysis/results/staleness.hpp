#pragma once

#include <filesystem>
#include <map>

namespace gradwire::analysis {

/// A run's staleness.csv: the number of pushes by staleness, over all workers.
using StalenessCounts = std::map<double, double>;

/// Throws InputError if the file cannot be read, lacks a column, or has a number below 0.
[[nodiscard]] StalenessCounts read_staleness(const std::filesystem::path& file);

}  // namespace gradwire::analysis
