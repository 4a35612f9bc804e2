#pragma once

#include "sim/experiment/json.hpp"

namespace gradwire::experiment {

/// The JSON schema (draft-07) of an experiment file, or of a single scenario: what can be said of
/// it without looking at settings together. Every setting is a definition named by its path.
[[nodiscard]] Json experiment_schema();

}  // namespace gradwire::experiment
