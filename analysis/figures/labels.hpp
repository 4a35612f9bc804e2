#pragma once

#include <optional>
#include <vector>

#include "analysis/figures/plot.hpp"

namespace gradwire::analysis {

/// Where a point is and how large the text beside it is, in points.
struct WantedLabel {
  double x = 0.0, y = 0.0, width = 0.0, height = 0.0;
  bool above = false;  ///< rather above or to the left of its point than below or to the right
};

/// A straight piece between two places.
struct Segment {
  double x1 = 0.0, y1 = 0.0, x2 = 0.0, y2 = 0.0;
};

struct PlacedLabel {
  Box box;
  std::optional<Segment> leader;  ///< from the point's marker, where the text is not next to it
};

/// Room that markers take on either side of their place, in points.
inline constexpr double marker_radius = 4.0;

/// Places texts beside their points, inside `frame`: none overlaps another, a marker, a box of
/// `taken` or a leader. Texts avoid `lines` as far as they can. Earlier texts have the better
/// places unless a later one has no other; one without any free place gets none. Depends on nothing
/// but its arguments.
[[nodiscard]] std::vector<std::optional<PlacedLabel>> place_labels(
    const std::vector<WantedLabel>& wanted, const Box& frame, const std::vector<Segment>& lines,
    const std::vector<Box>& taken);

}  // namespace gradwire::analysis
