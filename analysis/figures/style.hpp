#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// Distinguishes lines by colour (Okabe and Ito 2008, safe for colour-blind readers) and, in grey,
/// by dashes and markers.
struct Style {
  std::string_view colour;       ///< #rrggbb
  std::array<double, 4> dashes;  ///< in points; trailing zeros are left out
};

inline constexpr std::array<Style, 8> styles{{{"#000000", {}},
                                              {"#0072b2", {6, 3}},
                                              {"#d55e00", {2, 2}},
                                              {"#009e73", {8, 2, 2, 2}},
                                              {"#cc79a7", {}},
                                              {"#e69f00", {6, 3}},
                                              {"#56b4e9", {2, 2}},
                                              {"#7f6000", {8, 2, 2, 2}}}};

[[nodiscard]] inline const Style& style_of(std::size_t index) {
  return styles[index % styles.size()];
}

}  // namespace gradwire::analysis
