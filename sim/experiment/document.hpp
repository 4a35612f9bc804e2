#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/experiment/json.hpp"
#include "sim/experiment/place.hpp"

namespace gradwire::experiment {

/// An experiment file's parts, unexpanded.
struct Document {
  Json json;                         ///< an experiment, also where the file holds a single scenario
  Origins origins;                   ///< of base
  std::vector<std::string> replays;  ///< results folders named by base.replay, which json has not
};

/// Reads the file, applies `settings` ("PATH=VALUE") and checks all but the sweep. Throws
/// InputError.
[[nodiscard]] Document read_document(const std::filesystem::path& file,
                                     const std::vector<std::string>& settings);

/// The same for a document that is no file.
[[nodiscard]] Document complete_document(Document document,
                                         const std::vector<std::string>& settings);

/// Puts `value` at a dotted path of a scenario, making the objects on the way. `place` is the
/// scenario's.
void set_path(Json& scenario, std::string_view path, const Json& value, const Place& place);

/// "algorithm.density" -> "/algorithm/density".
[[nodiscard]] std::string pointer_of(std::string_view path);

/// What is right of the first "=" in "PATH=VALUE": JSON if it is JSON, else a string. Throws
/// InputError at `option` ("--set").
[[nodiscard]] std::pair<std::string, Json> split_assignment(const std::string& option,
                                                            const std::string& text);

/// "unknown setting, did you mean ...?"
[[nodiscard]] std::string unknown_path(std::string_view path, std::span<const std::string> known);

}  // namespace gradwire::experiment
