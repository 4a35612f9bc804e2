#pragma once

#include <filesystem>

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/platform_copy.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Makes the path of a model's file absolute (relative to `folder`) and sets its digest, or
/// compares it with the one that the scenario has. Reads the layers of model "layers", unless the
/// scenario has them already, as a resolved one does. Throws InputError at `place` (the scenario's)
/// or in the file.
void resolve_model(Scenario& scenario, const std::filesystem::path& folder,
                   const JsonLocation& place, DigestCache& cache);

/// Throws InputError at a layer below `place` (the list's) that does not fit its input, if the
/// data set's shape is known before its files are read.
void check_layers(const Scenario& scenario, JsonLocation place);

}  // namespace gradwire::scenario
