#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/algorithms/gossip/graph.hpp"
#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/core/choice_names.hpp"
#include "sim/core/random.hpp"

namespace gradwire::algorithms {

/// How the nodes of a decentralised method are connected.
enum class TopologyKind {
  ring,
  torus,
  complete,
  star,
  exponential,
  random_regular,
  erdos_renyi,
  file
};

/// In the order of TopologyKind.
inline constexpr Choice topology_choices[] = {
    {"ring", "each node with the next and the one before"},
    {"torus", "a grid with joined ends, as near to a square as the number of nodes allows"},
    {"complete", "each node with every other"},
    {"star", "node 0 with every other"},
    {"exponential", "each node with those at distances 1, 2, 4, ... along a ring"},
    {"random_regular", "drawn at random among connected graphs in which all nodes have `degree`"},
    {"erdos_renyi", "each edge drawn with `probability`; drawn again until connected"},
    {"file", "the edges that a text file lists"}};
static_assert(has_row_for_each(topology_choices, TopologyKind::file));

struct TopologyConfig {
  TopologyKind kind = TopologyKind::ring;
  int degree = 3;                   ///< random_regular: below the number of nodes
  double probability = 0.5;         ///< erdos_renyi: of each edge, in (0, 1]
  std::string path;                 ///< file
  std::vector<std::int64_t> edges;  ///< file: pairs of nodes, one after the other
  bool is_directed = false;  ///< messages go one way along each edge: ring, exponential, file
  TopologySchedule schedule = TopologySchedule::fixed;
  friend bool operator==(const TopologyConfig&, const TopologyConfig&) = default;
};

/// A connected graph, and how often it was drawn.
struct Topology {
  Graph graph;
  int draws = 1;
};

/// Why there is no such graph of so many nodes; empty if there is one.
[[nodiscard]] std::string topology_problem(const TopologyConfig& config, int nodes);

/// All kinds but `file`. Random graphs are a function of the seed. Throws InputError with
/// topology_problem(), or if no connected graph was found in a thousand draws.
[[nodiscard]] Topology make_topology(const TopologyConfig& config, int nodes, std::uint64_t seed);

/// One draw of a random kind, which need not be connected. Throws InputError if none was found.
[[nodiscard]] Graph draw_graph(const TopologyConfig& config, int nodes, RandomStream random);

/// The pairs of a text with an edge per line, "0 1"; blank lines and what follows # do not count.
/// Throws InputError "NAME: line N: ..." for anything else, for unknown nodes and loops.
[[nodiscard]] std::vector<std::pair<int, int>> listed_edges(std::string_view text,
                                                            const std::string& name, int nodes);
/// The graph of such pairs. Throws InputError if it is not connected.
[[nodiscard]] Graph graph_of(const std::vector<std::pair<int, int>>& edges, int nodes);

}  // namespace gradwire::algorithms
