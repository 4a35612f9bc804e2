#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace gradwire::testing_support {

using DirectedEdges = std::vector<std::pair<int, int>>;

/// Each node sends to the one after it, then to the one before it.
inline DirectedEdges ring_edges(int nodes) {
  DirectedEdges edges;
  for (int i = 0; i < nodes; ++i) {
    edges.emplace_back(i, (i + 1) % nodes);
    if (nodes > 2) edges.emplace_back(i, (i + nodes - 1) % nodes);
  }
  return edges;
}

/// A torus of rows x columns nodes, each of degree 4.   rows, columns > 2
inline DirectedEdges torus_edges(int rows, int columns) {
  DirectedEdges edges;
  const auto node = [&](int r, int c) {
    return (r + rows) % rows * columns + (c + columns) % columns;
  };
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      for (const auto& [down, right] : {std::pair(1, 0), {-1, 0}, {0, 1}, {0, -1}}) {
        edges.emplace_back(node(r, c), node(r + down, c + right));
      }
    }
  }
  return edges;
}

}  // namespace gradwire::testing_support
