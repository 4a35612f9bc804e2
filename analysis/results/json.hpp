#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace gradwire::analysis {

/// Preserves the order of keys.
using Json = nlohmann::ordered_json;

/// Values by name, as in a row of runs.csv: objects flattened with dots, lists as JSON text, nulls
/// left out.
using Flat = std::map<std::string, std::string>;

/// Maximum depth of nested lists and objects; the same as in the simulator's JSON reader.
inline constexpr std::size_t deepest_json = 64;

/// The content of a regular file. Throws InputError if it cannot be read or is larger than 4 GiB.
[[nodiscard]] std::string read_text(const std::filesystem::path& file);
/// Parses a file. Throws InputError with file and byte unless it holds one JSON object of at most
/// `deepest_json` levels.
[[nodiscard]] Json read_object(const std::filesystem::path& file);
[[nodiscard]] Flat flattened(const Json& object);

}  // namespace gradwire::analysis
