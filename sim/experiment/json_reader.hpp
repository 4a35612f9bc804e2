#pragma once

#include <functional>

#include "sim/experiment/fields.hpp"
#include "sim/experiment/place.hpp"

namespace gradwire::experiment {

/// Reads the settings that `declare` declares from `json`, strictly: every key must be declared and
/// apply, every value be right. What is not in `json` is left as it is. Throws InputError at or
/// below `place`.
void read_object(const Json& json, const Place& place, const std::function<void(Fields&)>& declare);

/// What to say of a key that is none of `known`.
[[nodiscard]] std::string unknown_key(std::string_view key, std::span<const std::string> known);

}  // namespace gradwire::experiment
