#pragma once

#include "analysis/figures/plot.hpp"

namespace gradwire::analysis {

/// Draws the chart's graph in a square in the middle of the box, its title above and its x_title
/// below.
void draw_graph(const Canvas& canvas, const Chart& chart, const Box& box);

}  // namespace gradwire::analysis
