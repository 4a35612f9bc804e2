#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/experiment/json.hpp"
#include "sim/experiment/setting.hpp"

namespace gradwire::experiment {

/// A setting with all that is declared below it, as data.
struct Declaration {
  Setting setting;
  std::string path;                  ///< dots between levels: "algorithm.density"
  Json default_value;                ///< as in files; null for none, and for objects
  std::vector<Declaration> members;  ///< of an object, or of each entry of a list of objects
};

/// All settings of a scenario; the root's path is empty.
[[nodiscard]] const Declaration& scenario_declarations();

/// The setting with this path; none inside lists. Null if there is none.
[[nodiscard]] const Declaration* find_declaration(std::string_view path);

/// The paths of all settings, none inside lists.
[[nodiscard]] const std::vector<std::string>& known_paths();

}  // namespace gradwire::experiment
