#pragma once

#include <filesystem>
#include <optional>

#include "sim/experiment/json.hpp"

namespace gradwire::experiment {

/// A run's summary.json. What other code reads of it is there and has the contract's type; a number
/// may be null (it was none when the run ended). Throws InputError with a JSON pointer.
[[nodiscard]] Json read_summary(const std::filesystem::path& file);

/// The same, or nothing where there is no such file, or a damaged one.
[[nodiscard]] std::optional<Json> sound_summary(const std::filesystem::path& file);

/// A number of a summary; NaN for null.
[[nodiscard]] double number_in(const Json& value);

}  // namespace gradwire::experiment
