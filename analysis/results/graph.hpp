#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace gradwire::analysis {

/// A message along an edge.
struct GraphMessage {
  std::size_t from = 0, to = 0;  ///< numbers of nodes
  std::size_t iteration = 0;     ///< from 1; 0: in every one
  friend auto operator<=>(const GraphMessage&, const GraphMessage&) = default;
};

/// A run's graph.csv: which nodes exchange messages.
struct NodeGraph {
  std::vector<GraphMessage> messages;  ///< in the order of the file
  std::vector<std::string> zones;      ///< by node, of the platform; empty: unknown
  [[nodiscard]] std::size_t nodes() const { return zones.size(); }
  friend bool operator==(const NodeGraph&, const NodeGraph&) = default;
};

/// `nodes`: their number, which the file may not reveal. Throws InputError if the file cannot be
/// read, lacks a column, or has a node that is not below `nodes`.
[[nodiscard]] NodeGraph read_graph(const std::filesystem::path& file, std::size_t nodes);

}  // namespace gradwire::analysis
