#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gradwire::algorithms {

/// An undirected graph without loops and multiple edges: who exchanges messages with whom.
class Graph {
 public:
  /// Nodes 0 .. nodes-1, without edges.
  explicit Graph(int nodes) : neighbours_(static_cast<std::size_t>(nodes)) {}

  /// Adds the edge unless it is there. Throws std::logic_error for a loop or an unknown node.
  void add_edge(int a, int b);

  [[nodiscard]] int nodes() const { return static_cast<int>(neighbours_.size()); }
  /// Ascending.
  [[nodiscard]] const std::vector<int>& neighbours(int node) const {
    return neighbours_[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] int degree(int node) const { return static_cast<int>(neighbours(node).size()); }
  [[nodiscard]] int largest_degree() const;
  [[nodiscard]] bool has_edge(int a, int b) const;
  /// Each once, the smaller node first; ascending.
  [[nodiscard]] std::vector<std::pair<int, int>> edges() const;
  /// Whether there is a path between any two nodes.
  [[nodiscard]] bool is_connected() const;

  friend bool operator==(const Graph&, const Graph&) = default;

 private:
  std::vector<std::vector<int>> neighbours_;  ///< by node, each ascending
};

}  // namespace gradwire::algorithms
