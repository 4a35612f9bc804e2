#include "sim/algorithms/gossip/random_schedule.hpp"

#include <span>
#include <utility>
#include <vector>

#include "sim/core/stream_names.hpp"

namespace gradwire::algorithms {
namespace {

RandomStream stream_of(std::uint64_t seed, std::int64_t iteration) {
  return stream(seed, stream_names::topology_of_iteration, static_cast<std::uint64_t>(iteration));
}

/// Both directions of the edges, ascending.
MixingSchedule::Edges both_directions(const Graph& graph) {
  MixingSchedule::Edges edges;
  for (int from = 0; from < graph.nodes(); ++from) {
    for (const int to : graph.neighbours(from)) edges.emplace_back(from, to);
  }
  return edges;
}

/// Between any two nodes.
MixingSchedule::Edges all_edges(int nodes) {
  MixingSchedule::Edges edges;
  for (int from = 0; from < nodes; ++from) {
    for (int to = 0; to < nodes; ++to) {
      if (to != from) edges.emplace_back(from, to);
    }
  }
  return edges;
}

}  // namespace

Graph random_matching(const Graph& graph, RandomStream random) {
  auto edges = graph.edges();
  random.shuffle(std::span(edges));
  Graph pairs(graph.nodes());
  for (const auto& [a, b] : edges) {
    if (pairs.degree(a) == 0 && pairs.degree(b) == 0) pairs.add_edge(a, b);
  }
  return pairs;
}

MixingSchedule matching_schedule(const Graph& graph, std::uint64_t seed,
                                 const WeightsOf& weights_of) {
  const auto draw = [graph, seed, weights_of](std::int64_t iteration) {
    return weights_of(random_matching(graph, stream_of(seed, iteration)));
  };
  return {graph.nodes(), draw, both_directions(graph)};
}

MixingSchedule resampled_schedule(const TopologyConfig& config, int nodes, std::uint64_t seed,
                                  const WeightsOf& weights_of) {
  const auto draw = [config, nodes, seed, weights_of](std::int64_t iteration) {
    return weights_of(draw_graph(config, nodes, stream_of(seed, iteration)));
  };
  static_cast<void>(draw(0));
  return {nodes, draw, all_edges(nodes)};
}

}  // namespace gradwire::algorithms
