#pragma once

#include <nlohmann/json.hpp>

namespace gradwire::experiment {

/// Keeps the order of keys as written.
using Json = nlohmann::ordered_json;

}  // namespace gradwire::experiment
