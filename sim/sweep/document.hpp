#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario/json/json.hpp"
#include "sim/scenario/json/json_location.hpp"

namespace gradwire::sweep {

/// The parts of an experiment file before expansion.
struct Document {
  scenario::Json json;  ///< always an experiment; a file with a single scenario is wrapped
  scenario::SourceMap source_map;    ///< source map of base
  std::vector<std::string> replays;  ///< results folders of base.replay, which is removed from json
};

/// Reads the file, applies `settings` ("PATH=VALUE") and checks everything except the sweep. Throws
/// InputError.
[[nodiscard]] Document read_document(const std::filesystem::path& file,
                                     const std::vector<std::string>& settings);

/// As read_document(), for a document that is not read from a file.
[[nodiscard]] Document complete_document(Document document,
                                         const std::vector<std::string>& settings);

/// Sets `value` at a dotted path of a scenario and creates the objects on the way. `place` is the
/// location of the scenario. Throws InputError where the path leads through a value that is no
/// object.
void set_path(scenario::Json& scenario, std::string_view path, const scenario::Json& value,
              const scenario::JsonLocation& place);

/// "algorithm.density" -> "/algorithm/density".
[[nodiscard]] std::string pointer_of(std::string_view path);

/// Splits "PATH=VALUE" at the first "="; the value is parsed as JSON if it is valid JSON, else it
/// is a string. Throws InputError at `option` ("--set").
[[nodiscard]] std::pair<std::string, scenario::Json> split_assignment(const std::string& option,
                                                                      const std::string& text);

/// The error text "unknown setting, did you mean ...?".
[[nodiscard]] std::string unknown_path(std::string_view path, std::span<const std::string> known);

}  // namespace gradwire::sweep
