#pragma once

#include "sim/learn/data/files/file_format.hpp"
#include "sim/scenario/json/json_location.hpp"

namespace gradwire::scenario {

/// Validates the settings of dataset "file" against each other; opens no file. Throws InputError at
/// the offending setting; `place` is the location of the dataset.
void check_files(const learn::FileDataConfig& files, const JsonLocation& place);

}  // namespace gradwire::scenario
