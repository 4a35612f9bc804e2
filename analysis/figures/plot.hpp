#pragma once

#include <cstddef>

#include "analysis/figures/canvas.hpp"
#include "analysis/figures/figure.hpp"

namespace gradwire::analysis {

struct Box {
  double x = 0.0, y = 0.0, width = 0.0, height = 0.0;  ///< points
};

/// Draws a chart with its axes and titles; `box` is the area between the axes.
void draw_chart(const Canvas& canvas, const Chart& chart, const Box& box);

/// Draws the marker of a style; in grey if it is `muted`.
void draw_marker(const Canvas& canvas, double x, double y, std::size_t style, bool muted = false);

/// Draws a short piece of a style's line with its marker, for legends.
void draw_sample(const Canvas& canvas, double x, double y, double width, std::size_t style);
/// Draws a rectangle in a style's colour, for legends of what has no line; in grey if it is
/// `muted`.
void draw_swatch(const Canvas& canvas, double x, double y, double width, std::size_t style,
                 bool muted = false);

}  // namespace gradwire::analysis
