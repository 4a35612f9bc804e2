#pragma once

#include <nlohmann/json.hpp>

namespace gradwire::scenario {

/// Preserves the order of keys.
using Json = nlohmann::ordered_json;

}  // namespace gradwire::scenario
