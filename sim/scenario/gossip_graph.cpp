#include "sim/scenario/gossip_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "sim/algorithms/gossip/directed.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"

namespace gradwire::scenario {
namespace {

using algorithms::MixingMatrix;
using algorithms::MixingSchedule;
using algorithms::Topology;
using algorithms::TopologyConfig;
using algorithms::TopologyKind;
using algorithms::TopologySchedule;

std::vector<std::pair<int, int>> pairs_of(const TopologyConfig& topology) {
  std::vector<std::pair<int, int>> pairs;
  for (std::size_t i = 0; i + 1 < topology.edges.size(); i += 2) {
    pairs.emplace_back(static_cast<int>(topology.edges[i]),
                       static_cast<int>(topology.edges[i + 1]));
  }
  return pairs;
}

algorithms::Receivers receivers_of(const TopologyConfig& topology, int nodes) {
  switch (topology.kind) {
    case TopologyKind::ring:
      return algorithms::along_ring(nodes, {1});
    case TopologyKind::exponential:
      return algorithms::along_ring(nodes, algorithms::powers_of_two_below(nodes));
    default:
      return algorithms::receivers_of(pairs_of(topology), nodes);
  }
}

Topology undirected(const Scenario& scenario) {
  const TopologyConfig& topology = scenario.protocol.topology;
  if (topology.kind != TopologyKind::file) {
    return algorithms::make_topology(topology, scenario.workers, scenario.seed);
  }
  return {algorithms::graph_of(pairs_of(topology), scenario.workers)};
}

algorithms::Receivers neighbours_as_receivers(const algorithms::Graph& graph) {
  algorithms::Receivers receivers;
  for (int node = 0; node < graph.nodes(); ++node) receivers.push_back(graph.neighbours(node));
  return receivers;
}

bool has_fixed_undirected_graph(const TopologyConfig& topology) {
  return !topology.is_directed && topology.schedule == TopologySchedule::fixed;
}

}  // namespace

void read_edges(TopologyConfig& topology, const std::filesystem::path& folder, int nodes,
                const JsonLocation& place) {
  const auto path = std::filesystem::absolute(folder / topology.path).lexically_normal();
  if (const std::string refused = not_a_file(path); !refused.empty()) {
    place.fail(path.string() + " " + refused);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) place.fail("cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  topology.path = path.string();
  try {
    for (const auto& [a, b] : algorithms::listed_edges(text, topology.path, nodes)) {
      topology.edges.insert(topology.edges.end(), {a, b});
    }
  } catch (const InputError& error) {
    place.fail(error.what());
  }
  if (topology.edges.empty()) place.fail(topology.path + " has no edges");
}

MixingSchedule mixing_schedule_of(const Scenario& scenario) {
  const TopologyConfig& topology = scenario.protocol.topology;
  if (topology.schedule == TopologySchedule::one_peer) {
    return MixingSchedule(algorithms::one_peer_matrices(scenario.workers, topology.is_directed));
  }
  if (topology.is_directed) {
    return MixingSchedule({algorithms::equal_shares(receivers_of(topology, scenario.workers))});
  }
  const Topology drawn = undirected(scenario);
  if (algorithms::ingredients_of(scenario.algorithm).gossip->is_directed) {
    return MixingSchedule({algorithms::equal_shares(neighbours_as_receivers(drawn.graph))});
  }
  return MixingSchedule({algorithms::mixing_matrix(drawn.graph, scenario.protocol.mixing)});
}

MixingSchedule mixing_schedule_of(const Scenario& scenario, const JsonLocation& place) {
  try {
    return mixing_schedule_of(scenario);
  } catch (const InputError& error) {
    place.fail(error.what());
  }
}

bool sends_first(const Scenario& scenario) { return algorithms::sends_first(scenario.algorithm); }

GraphProperties graph_properties(const Scenario& scenario) {
  const MixingSchedule schedule = mixing_schedule_of(scenario);
  GraphProperties properties;
  std::vector<int> degrees(static_cast<std::size_t>(scenario.workers));
  for (const auto& [from, to] : schedule.at(0).edges()) ++degrees[static_cast<std::size_t>(from)];
  const auto [least, most] = std::ranges::minmax(degrees);
  properties.smallest_degree = least;
  properties.largest_degree = most;
  if (!has_fixed_undirected_graph(scenario.protocol.topology)) return properties;
  const Topology drawn = undirected(scenario);
  properties.draws = drawn.draws;
  const algorithms::Mixing mixing(drawn.graph, scenario.protocol.mixing);
  if (const auto spectrum = algorithms::spectrum_of(drawn.graph, mixing)) {
    properties.spectral_gap = spectrum->gap;
  }
  return properties;
}

std::string describe_graph(const Scenario& scenario) {
  const GraphProperties of = graph_properties(scenario);
  std::string text = fmt::format(
      "{} of {} nodes, {} messages an iteration from each",
      name_of(scenario.protocol.topology.kind, algorithms::topology_choices), scenario.workers,
      of.smallest_degree == of.largest_degree
          ? fmt::format("{}", of.largest_degree)
          : fmt::format("{} to {}", of.smallest_degree, of.largest_degree));
  if (of.spectral_gap) text += fmt::format(", spectral gap {:.4g}", *of.spectral_gap);
  if (of.draws > 1) text += fmt::format(", connected at draw {}", of.draws);
  return text;
}

}  // namespace gradwire::scenario
