#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// A method as the simulator's list (columns.json) has it.
struct MethodName {
  std::string name;   ///< in files: "sasg"
  std::string label;  ///< in tables and figures: "SASG"
};

/// All methods, in their order in tables and legends; others follow, by name.
[[nodiscard]] const std::vector<MethodName>& methods();

/// Position in methods(); their number for another name.
[[nodiscard]] std::size_t rank_of_method(std::string_view name);

/// Label of a method; a name that methods() lacks is its own label.
[[nodiscard]] std::string display_name(std::string_view name);

}  // namespace gradwire::analysis
