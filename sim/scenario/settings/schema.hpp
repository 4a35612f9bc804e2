#pragma once

#include "sim/scenario/json/json.hpp"

namespace gradwire::scenario {

/// The JSON schema (draft-07) of an experiment file or of a single scenario, as far as it can be
/// expressed without relations between settings. Each setting is a definition named by its path.
[[nodiscard]] Json experiment_schema();

}  // namespace gradwire::scenario
