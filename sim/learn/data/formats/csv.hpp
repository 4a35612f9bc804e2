#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "sim/learn/data/formats/table.hpp"

namespace gradwire::learn {

/// Reads and concatenates CSV files (csv_records.hpp) of equal columns: one is the label, all
/// others are numbers. `label` is the column's name in the header or its number from 0; empty: the
/// last one. The first record is a header if `label` is a name, if no cell besides the label is a
/// number, or if the label of the second record is a number and that of the first is not. Labels
/// that are not all numbers are text. Throws InputError with file, line and column.
[[nodiscard]] Table read_csv(std::span<const std::filesystem::path> files,
                             const std::string& label);

}  // namespace gradwire::learn
