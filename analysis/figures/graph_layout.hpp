#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "analysis/figures/figure.hpp"
#include "analysis/results/graph.hpp"

namespace gradwire::analysis {

/// Places of a graph's nodes and edges: a torus (by its `kind`, the value of
/// protocol.topology.kind) on a grid, whose joining edges are drawn as open ends; a star around its
/// centre; all others on a circle, clockwise from the top. Both directions of an edge are one
/// piece. Styles, labels and widths are the caller's: a piece's style is the iteration of its
/// messages.
[[nodiscard]] GraphDrawing lay_out(const NodeGraph& graph, std::string_view kind);

}  // namespace gradwire::analysis
