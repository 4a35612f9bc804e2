#pragma once

#include <filesystem>

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Reads a model's file (relative to `folder`): the layers of model "layers", unless the scenario
/// has them already, as a resolved one does. Makes its path absolute and sets its digest, or
/// compares it with the one that the scenario has. Throws InputError at `place` (the scenario's) or
/// in the file.
void resolve_model(Scenario& scenario, const std::filesystem::path& folder,
                   const JsonLocation& place);

/// Throws InputError at a layer below `place` (the list's) that does not fit its input, if the
/// data set's shape is known before its files are read.
void check_layers(const Scenario& scenario, JsonLocation place);

}  // namespace gradwire::scenario
