#pragma once

#include "analysis/figures/plot.hpp"

namespace gradwire::analysis {

/// Draws the chart's graph and its title in a square in the middle of the box.
void draw_graph(const Canvas& canvas, const Chart& chart, const Box& box);

}  // namespace gradwire::analysis
