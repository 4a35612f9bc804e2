#include "sim/scenario/gossip_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "sim/algorithms/gossip/directed.hpp"
#include "sim/algorithms/gossip/expected_gap.hpp"
#include "sim/algorithms/gossip/random_schedule.hpp"
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

/// The weights of an undirected graph's edges.
algorithms::WeightsOf weights_of(const Scenario& scenario) {
  const bool is_directed = algorithms::ingredients_of(scenario.algorithm).gossip->is_directed;
  return [is_directed, mixing = scenario.protocol.mixing](const algorithms::Graph& graph) {
    return is_directed ? algorithms::equal_shares(neighbours_as_receivers(graph))
                       : algorithms::mixing_matrix(graph, mixing);
  };
}

bool has_fixed_undirected_graph(const TopologyConfig& topology) {
  return !topology.is_directed && topology.schedule == TopologySchedule::fixed;
}

/// Number of messages that a node sends in an iteration.
struct Degrees {
  int smallest = std::numeric_limits<int>::max();
  int largest = 0;

  void add(const MixingMatrix& matrix) {
    std::vector<int> degrees(static_cast<std::size_t>(matrix.nodes()));
    for (const auto& [from, to] : matrix.edges()) ++degrees[static_cast<std::size_t>(from)];
    const auto [least, most] = std::ranges::minmax(degrees);
    smallest = std::min(smallest, least);
    largest = std::max(largest, most);
  }
};

/// Of the listed iterations.
Degrees degrees_of(const MixingSchedule& schedule) {
  Degrees degrees;
  for (std::int64_t t = 0; t < schedule.listed_iterations(); ++t) {
    degrees.add(*schedule.at(t));
  }
  return degrees;
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
  switch (topology.schedule) {
    case TopologySchedule::fixed:
      break;
    case TopologySchedule::one_peer:
      return MixingSchedule(algorithms::one_peer_matrices(scenario.workers, topology.is_directed));
    case TopologySchedule::resampled:
      return algorithms::resampled_schedule(topology, scenario.workers, scenario.seed,
                                            weights_of(scenario));
    case TopologySchedule::random_matching:
      return algorithms::matching_schedule(undirected(scenario).graph, scenario.seed,
                                           weights_of(scenario));
  }
  if (topology.is_directed) {
    return MixingSchedule({algorithms::equal_shares(receivers_of(topology, scenario.workers))});
  }
  return MixingSchedule({weights_of(scenario)(undirected(scenario).graph)});
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
  const Degrees degrees = degrees_of(schedule);
  properties.smallest_degree = degrees.smallest;
  properties.largest_degree = degrees.largest;
  const bool is_symmetric = !algorithms::ingredients_of(scenario.algorithm).gossip->is_directed;
  if (!schedule.period() && is_symmetric) {
    properties.spectral_gap = algorithms::expected_gap(schedule);
  }
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
  const TopologySchedule schedule = scenario.protocol.topology.schedule;
  std::string text =
      fmt::format("{}{} of {} nodes, {} messages an iteration from each",
                  name_of(scenario.protocol.topology.kind, algorithms::topology_choices),
                  schedule == TopologySchedule::fixed
                      ? ""
                      : fmt::format(", {},", name_of(schedule, algorithms::topology_schedules)),
                  scenario.workers,
                  of.smallest_degree == of.largest_degree
                      ? fmt::format("{}", of.largest_degree)
                      : fmt::format("{} to {}", of.smallest_degree, of.largest_degree));
  const bool is_drawn = !mixing_schedule_of(scenario).period();
  if (of.spectral_gap) {
    text += fmt::format(", spectral gap {}{:.4g}", is_drawn ? "(expected) " : "", *of.spectral_gap);
  }
  if (of.draws > 1) text += fmt::format(", connected at draw {}", of.draws);
  return text;
}

}  // namespace gradwire::scenario
