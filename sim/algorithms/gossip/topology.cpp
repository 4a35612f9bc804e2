#include "sim/algorithms/gossip/topology.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::algorithms {
namespace {

constexpr int most_draws = 1000;

Graph ring(int nodes) {
  Graph graph(nodes);
  for (int a = 0; a < nodes; ++a) {
    if (const int b = (a + 1) % nodes; b != a) graph.add_edge(a, b);
  }
  return graph;
}

/// The largest divisor that is at most the square root.
int rows_of_torus(int nodes) {
  int rows = static_cast<int>(std::sqrt(static_cast<double>(nodes)));
  while (nodes % rows != 0) --rows;
  return rows;
}

Graph torus(int nodes) {
  const int rows = rows_of_torus(nodes), columns = nodes / rows;
  Graph graph(nodes);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const int node = row * columns + column;
      const int right = row * columns + (column + 1) % columns;
      const int below = (row + 1) % rows * columns + column;
      if (right != node) graph.add_edge(node, right);
      if (below != node) graph.add_edge(node, below);
    }
  }
  return graph;
}

Graph complete(int nodes) {
  Graph graph(nodes);
  for (int a = 0; a < nodes; ++a) {
    for (int b = a + 1; b < nodes; ++b) graph.add_edge(a, b);
  }
  return graph;
}

Graph star(int nodes) {
  Graph graph(nodes);
  for (int node = 1; node < nodes; ++node) graph.add_edge(0, node);
  return graph;
}

Graph exponential(int nodes) {
  Graph graph(nodes);
  for (int a = 0; a < nodes; ++a) {
    for (int distance = 1; distance < nodes; distance *= 2)
      graph.add_edge(a, (a + distance) % nodes);
  }
  return graph;
}

Graph erdos_renyi(int nodes, double probability, RandomStream& random) {
  Graph graph(nodes);
  for (int a = 0; a < nodes; ++a) {
    for (int b = a + 1; b < nodes; ++b) {
      if (random.uniform() < probability) graph.add_edge(a, b);
    }
  }
  return graph;
}

/// Moves a random entry of the first `count` to their end.
void move_random_to_end(std::vector<int>& items, std::size_t count, RandomStream& random) {
  std::swap(items[count - 1], items[random.below(count)]);
}

/// Joins the open ends of the nodes at random, one suitable pair after the other (Steger, Wormald
/// 1999); without edges if no suitable pair is left before all are joined.
Graph random_regular(int nodes, int degree, RandomStream& random) {
  Graph graph(nodes);
  std::vector<int> ends;
  for (int node = 0; node < nodes; ++node) {
    ends.insert(ends.end(), static_cast<std::size_t>(degree), node);
  }
  for (int failures = 0; !ends.empty();) {
    move_random_to_end(ends, ends.size(), random);
    move_random_to_end(ends, ends.size() - 1, random);
    const int a = ends[ends.size() - 1], b = ends[ends.size() - 2];
    if (a != b && !graph.has_edge(a, b)) {
      failures = 0;
      graph.add_edge(a, b);
      ends.resize(ends.size() - 2);
    } else if (++failures > most_draws) {
      return Graph(nodes);
    }
  }
  return graph;
}

Graph draw(const TopologyConfig& config, int nodes, RandomStream& random) {
  switch (config.kind) {
    case TopologyKind::ring:
      return ring(nodes);
    case TopologyKind::torus:
      return torus(nodes);
    case TopologyKind::complete:
      return complete(nodes);
    case TopologyKind::star:
      return star(nodes);
    case TopologyKind::exponential:
      return exponential(nodes);
    case TopologyKind::random_regular:
      return random_regular(nodes, config.degree, random);
    case TopologyKind::erdos_renyi:
      return erdos_renyi(nodes, config.probability, random);
    case TopologyKind::file:
      throw std::logic_error("a file's edges are not drawn");
  }
  throw std::logic_error("no such topology");
}

/// The two nodes of a line of an edge list; nullopt if it is none.
std::optional<std::pair<int, int>> edge_of(std::string_view line) {
  std::vector<int> numbers;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r,");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    int number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc()) return std::nullopt;
    numbers.push_back(number);
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  if (numbers.size() != 2) return std::nullopt;
  return std::pair(numbers[0], numbers[1]);
}

}  // namespace

Graph draw_graph(const TopologyConfig& config, int nodes, RandomStream random) {
  for (int draws = 1; draws <= most_draws; ++draws) {
    Graph graph = draw(config, nodes, random);
    const bool has_failed = config.kind == TopologyKind::random_regular && graph.degree(0) == 0;
    if (!has_failed) return graph;
  }
  throw InputError("protocol.topology", "found no graph in " + std::to_string(most_draws) +
                                            " draws: expected another degree");
}

std::string topology_problem(const TopologyConfig& config, int nodes) {
  if (nodes < 2) return "expected at least 2 workers, which exchange messages";
  if (config.kind != TopologyKind::random_regular) return "";
  if (config.degree >= nodes) {
    return "expected a degree below the number of workers, " + std::to_string(nodes) + ", got " +
           std::to_string(config.degree);
  }
  if (config.degree % 2 != 0 && nodes % 2 != 0) {
    return "no graph of " + std::to_string(nodes) + " nodes has degree " +
           std::to_string(config.degree) + " at each: their product is odd";
  }
  const bool must_be_connected = config.schedule != TopologySchedule::resampled;
  return must_be_connected && config.degree < 2 && nodes > 2
             ? "expected a degree of at least 2, or nodes are not connected"
             : "";
}

Topology make_topology(const TopologyConfig& config, int nodes, std::uint64_t seed) {
  if (const std::string problem = topology_problem(config, nodes); !problem.empty()) {
    throw InputError("protocol.topology", problem);
  }
  RandomStream random = stream(seed, stream_names::topology);
  for (int draws = 1; draws <= most_draws; ++draws) {
    Graph graph = draw(config, nodes, random);
    if (graph.is_connected()) return {std::move(graph), draws};
  }
  throw InputError("protocol.topology", "no connected graph in " + std::to_string(most_draws) +
                                            " draws: expected more edges");
}

std::vector<std::pair<int, int>> listed_edges(std::string_view text, const std::string& name,
                                              int nodes) {
  std::vector<std::pair<int, int>> edges;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, std::min(text.find('#'), end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto fail = [&](const std::string& message) {
      return InputError(name, "line " + std::to_string(number) + ": " + message);
    };
    const auto edge = edge_of(line);
    if (!edge) throw fail("expected two nodes, as in \"0 1\", got \"" + std::string(line) + "\"");
    const auto [a, b] = *edge;
    for (const int node : {a, b}) {
      if (node < 0 || node >= nodes) {
        throw fail("expected nodes from 0 to " + std::to_string(nodes - 1) +
                   ", one per worker, got " + std::to_string(node));
      }
    }
    if (a == b) throw fail("node " + std::to_string(a) + " is joined to itself");
    edges.emplace_back(a, b);
  }
  return edges;
}

Graph graph_of(const std::vector<std::pair<int, int>>& edges, int nodes) {
  Graph graph(nodes);
  for (const auto& [a, b] : edges) graph.add_edge(a, b);
  if (!graph.is_connected()) throw InputError("edges", "the graph is not connected");
  return graph;
}

}  // namespace gradwire::algorithms
