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
  std::size_t shape = 0;         ///< of the marker: circle, square, triangle, diamond
  bool hollow = false;           ///< its marker
};

inline constexpr std::array<std::string_view, 8> colours{
    "#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6000"};
inline constexpr std::array<std::array<double, 4>, 4> dash_patterns{
    {{}, {6, 3}, {2, 2}, {8, 2, 2, 2}}};

/// 32 different styles: each colour with each pattern of dashes and each shape of marker.
inline constexpr auto all_styles = [] {
  std::array<Style, colours.size() * dash_patterns.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t pattern = (i + i / colours.size()) % dash_patterns.size();
    const std::size_t colour = i % colours.size();
    all[i] = {colours[colour], dash_patterns[pattern], pattern, colour >= colours.size() / 2};
  }
  return all;
}();

inline constexpr std::string_view ink = "#222222";                ///< of axes and letters
inline constexpr std::string_view muted_colour = "#9a9a9a";       ///< of what others surpass
inline constexpr std::string_view muted_text_colour = "#6a6a6a";  ///< of its name: darker, to read

[[nodiscard]] inline const Style& style_of(std::size_t index) {
  return all_styles[index % all_styles.size()];
}

}  // namespace gradwire::analysis
