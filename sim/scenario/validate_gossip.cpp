#include "sim/scenario/validate_gossip.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/scenario/absence_of_server.hpp"

namespace gradwire::scenario {
namespace {

using algorithms::TopologyConfig;
using algorithms::TopologyKind;
using algorithms::TopologySchedule;

bool is_gossip(const Scenario& c) { return c.protocol.kind == protocols::ProtocolKind::gossip; }

void check_kind(const Scenario& c, const JsonLocation& place) {
  if (is_gossip(c) == algorithms::is_decentralised(c.algorithm)) return;
  const std::string_view kind = name_of(c.protocol.kind, protocols::protocol_choices);
  place.fail(is_gossip(c) ? fmt::format("gossip expects a decentralised method (gradwire list "
                                        "algorithms), got {}",
                                        c.algorithm.name)
                          : fmt::format("must be gossip with {}, whose nodes have models of their "
                                        "own, got {}",
                                        c.algorithm.name, kind));
}

void check_edges(const Scenario& c, const JsonLocation& place) {
  const std::vector<std::int64_t>& edges = c.protocol.topology.edges;
  if (edges.empty() && c.protocol.topology.path.empty()) {
    place.fail("path or edges is missing, since kind is file");
  }
  if (edges.size() % 2 != 0) (place / "edges").fail("must have two nodes per edge");
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i] < c.workers && (i % 2 == 0 || edges[i] != edges[i - 1])) continue;
    (place / "edges" / i)
        .fail(fmt::format("expected another node below workers ({}), got {}", c.workers, edges[i]));
  }
}

/// What the graph has to be for a schedule; empty: it is that.
std::string schedule_expects(const Scenario& c) {
  const TopologyConfig& topology = c.protocol.topology;
  switch (topology.schedule) {
    case TopologySchedule::fixed:
      return "";
    case TopologySchedule::one_peer:
      if (topology.kind != TopologyKind::exponential) return "kind exponential";
      if (topology.is_directed || std::has_single_bit(static_cast<unsigned>(c.workers))) return "";
      return fmt::format(
          "a number of workers that is a power of two, or directed edges (push_sum), got {}",
          c.workers);
    case TopologySchedule::resampled: {
      const bool is_random = topology.kind == TopologyKind::erdos_renyi ||
                             topology.kind == TopologyKind::random_regular;
      return is_random ? "" : "kind erdos_renyi or random_regular, which are drawn";
    }
    case TopologySchedule::random_matching:
      return topology.is_directed ? "edges that are not directed" : "";
  }
  throw std::logic_error("no such schedule");
}

void check_schedule(const Scenario& c, const JsonLocation& place) {
  const TopologySchedule schedule = c.protocol.topology.schedule;
  const std::string_view name = name_of(schedule, algorithms::topology_schedules);
  if (const std::string expected = schedule_expects(c); !expected.empty()) {
    place.fail(fmt::format("{} expects {}", name, expected));
  }
  const bool is_fixed = schedule == TopologySchedule::fixed;
  if (!is_fixed && algorithms::ingredients_of(c.algorithm).gossip->keeps_copies) {
    place.fail(
        fmt::format("must be fixed with {}, whose neighbours keep copies that each of its messages "
                    "advances and "
                    "therefore need all of them, got {}",
                    c.algorithm.name, name));
  }
}

void check_topology(const Scenario& c, const JsonLocation& place) {
  const TopologyConfig& topology = c.protocol.topology;
  if (topology.kind == TopologyKind::file) check_edges(c, place);
  if (topology.kind != TopologyKind::file) {
    const std::string problem = algorithms::topology_problem(topology, c.workers);
    if (!problem.empty()) place.fail(problem);
  }
  check_schedule(c, place / "schedule");
  const bool takes_directed = algorithms::ingredients_of(c.algorithm).gossip->is_directed;
  if (topology.is_directed && !takes_directed) {
    (place / "directed")
        .fail(fmt::format("goes with push_sum only; {} expects that messages go both ways along an "
                          "edge",
                          c.algorithm.name));
  }
}

void check_messages(const Scenario& c, const JsonLocation& place) {
  const algorithms::Ingredients parts = algorithms::ingredients_of(c.algorithm);
  const bool rounds_values = c.wire.values != algorithms::ValueFormat::float32;
  if (!parts.gossip->compresses && rounds_values) {
    (place / "wire" / "values")
        .fail(fmt::format("must be float32 with {}, which sends models as they are",
                          c.algorithm.name));
  }
  if (!parts.gossip->compresses) return;
  const auto compressor =
      parts.compress->make(algorithms::with_defaults(c.algorithm), one_entry_layout());
  if (parts.compress->needs_every_worker || compressor->exchanges() > 1) {
    (place / "algorithm" / "compress")
        .fail(fmt::format("{} joins the messages of all workers, which no node receives",
                          parts.compress->name));
  }
}

}  // namespace

void check_gossip(const Scenario& scenario, const JsonLocation& place) {
  check_kind(scenario, place / "protocol" / "kind");
  if (!is_gossip(scenario)) return;
  check_topology(scenario, place / "protocol" / "topology");
  check_messages(scenario, place);
  check_absence_of_server(scenario, place);
}

}  // namespace gradwire::scenario
