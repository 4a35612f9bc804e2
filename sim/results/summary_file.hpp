#pragma once

#include <filesystem>
#include <optional>

#include "sim/scenario/json/json.hpp"

namespace gradwire::results {

/// Reads a run's summary.json and checks that the members used by other code exist with the
/// contract's types; a number may be null (it was not finite at the end of the run). Throws
/// InputError with a JSON pointer.
[[nodiscard]] scenario::Json read_summary(const std::filesystem::path& file);

/// The same, or nullopt if the file does not exist or is damaged.
[[nodiscard]] std::optional<scenario::Json> valid_summary_or_null(
    const std::filesystem::path& file);

/// A number of a summary; null gives NaN.
[[nodiscard]] double number_in(const scenario::Json& value);

}  // namespace gradwire::results
