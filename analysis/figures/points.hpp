#pragma once

#include <vector>

#include "analysis/figures/axis.hpp"
#include "analysis/figures/canvas.hpp"
#include "analysis/figures/figure.hpp"
#include "analysis/figures/plot.hpp"

namespace gradwire::analysis {

/// Draws the steps of a front above the area of what it surpasses.
void draw_front(const Canvas& canvas, const Steps& front, const Axis& x, const Axis& y,
                const Box& box);

/// Draws a chart's points with their names, inside `box`. Names keep clear of `texts`.
void draw_points(const Canvas& canvas, const Chart& chart, const Axis& x, const Axis& y,
                 const Box& box, const std::vector<Box>& texts);

}  // namespace gradwire::analysis
