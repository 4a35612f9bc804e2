#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace gradwire::analysis {

/// Keeps the order of keys as written.
using Json = nlohmann::ordered_json;

/// Names and texts, as in a row of runs.csv: objects flattened with dots, lists as JSON. What is
/// null is left out.
using Flat = std::map<std::string, std::string>;

/// Lists and objects inside one another, at most: what the simulator's reader of JSON takes, too.
inline constexpr std::size_t deepest_json = 64;

/// The text of a file. Throws InputError if it cannot be read.
[[nodiscard]] std::string read_text(const std::filesystem::path& file);
/// Throws InputError with file and byte unless it is one JSON object of at most `deepest_json`
/// levels.
[[nodiscard]] Json read_object(const std::filesystem::path& file);
[[nodiscard]] Flat flattened(const Json& object);

}  // namespace gradwire::analysis
