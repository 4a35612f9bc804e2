#pragma once

#include <cstddef>
#include <string>

#include "sim/scenario/json/json.hpp"
#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/settings/setting.hpp"

namespace gradwire::scenario {

/// Checks `json` and converts it to the form of ValueAccess (quantities as numbers in base units).
/// Throws InputError at `place` if it does not match `type`.
[[nodiscard]] Json checked(const Json& json, const Type& type, const JsonLocation& place);

/// Whether checked() accepts it.
[[nodiscard]] bool is_valid(const Json& json, const Type& type);

/// The inverse: the value of a ValueAccess as written to files. Whole numbers are written without
/// fraction, quantities with their unit.
[[nodiscard]] Json written(const Json& value, const Type& type);

/// The first `longest` bytes of UTF-8 text, at most, then "..."; a shorter text unchanged.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t longest);

/// A value for error messages: JSON on one line, shortened.
[[nodiscard]] std::string shown(const Json& json);

}  // namespace gradwire::scenario
