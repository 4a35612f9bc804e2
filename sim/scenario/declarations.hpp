#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/json/json.hpp"
#include "sim/scenario/settings/setting.hpp"

namespace gradwire::scenario {

/// A setting and the settings declared inside it, as data.
struct Declaration {
  Setting setting;
  std::string path;                  ///< dots between levels: "algorithm.density"
  Json default_value;                ///< as in files; null for "none" and for objects
  std::vector<Declaration> members;  ///< of an object, or of each entry of a list of objects
};

/// All settings of a scenario; the root's path is empty.
[[nodiscard]] const Declaration& scenario_declarations();

/// The setting with this path, or null. Settings inside lists have no path.
[[nodiscard]] const Declaration* find_declaration(std::string_view path);

/// The paths of all settings, except those inside lists.
[[nodiscard]] const std::vector<std::string>& known_paths();

}  // namespace gradwire::scenario
