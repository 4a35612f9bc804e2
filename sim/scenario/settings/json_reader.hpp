#pragma once

#include <functional>

#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/settings/setting_visitor.hpp"

namespace gradwire::scenario {

/// Reads the settings declared by `declare` from `json`, strictly: every key must be declared and
/// applicable, every value valid. Settings that are not in `json` stay unchanged. Throws InputError
/// at or below `place`.
void read_object(const Json& json, const JsonLocation& place,
                 const std::function<void(SettingVisitor&)>& declare);

/// The error message for a key that is not in `known`.
[[nodiscard]] std::string unknown_key(std::string_view key, std::span<const std::string> known);

}  // namespace gradwire::scenario
