#pragma once

#include <cstddef>
#include <string>

#include "sim/experiment/json.hpp"
#include "sim/experiment/place.hpp"
#include "sim/experiment/setting.hpp"

namespace gradwire::experiment {

/// `json` as the Slot of such a setting takes it (quantities as numbers in base units). Throws
/// InputError at `place` if it is not what `type` says.
[[nodiscard]] Json checked(const Json& json, const Type& type, const Place& place);

/// Whether checked() takes it.
[[nodiscard]] bool is_valid(const Json& json, const Type& type);

/// The inverse: a Slot's value as it is written to files. Numbers that are whole are written as
/// whole numbers, quantities with their unit.
[[nodiscard]] Json written(const Json& value, const Type& type);

/// At most `longest` bytes of UTF-8 text, then "..."; a shorter text as it is.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t longest);

/// A value as error messages show it: JSON on one line, shortened.
[[nodiscard]] std::string shown(const Json& json);

}  // namespace gradwire::experiment
