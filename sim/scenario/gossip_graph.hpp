#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/scenario/json/json_location.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Sets the topology's edges from its file, whose path is relative to `folder`. `place`: of the
/// path. Throws InputError.
void read_edges(algorithms::TopologyConfig& topology, const std::filesystem::path& folder,
                int nodes, const JsonLocation& place);

/// The matrices of a decentralised scenario. Throws InputError at `place`, of protocol.topology, if
/// there is no such graph of the workers.
[[nodiscard]] algorithms::MixingSchedule mixing_schedule_of(const Scenario& scenario,
                                                            const JsonLocation& place);
/// The same of a scenario that has been checked.
[[nodiscard]] algorithms::MixingSchedule mixing_schedule_of(const Scenario& scenario);

/// Whether a node's messages leave before its gradient is computed.
[[nodiscard]] bool sends_first(const Scenario& scenario);

/// One line on the graph, for readers: nodes, edges, degrees, spectral gap and how often it was
/// drawn.
[[nodiscard]] std::string describe_graph(const Scenario& scenario);

/// What convergence depends on.
struct GraphProperties {
  int smallest_degree = 0;  ///< messages that a node sends in an iteration
  int largest_degree = 0;
  std::optional<double> spectral_gap;  ///< nullopt: unknown; of drawn graphs: expected_gap()
  int draws = 1;  ///< of a random graph that is the same throughout, until one was connected
};
[[nodiscard]] GraphProperties graph_properties(const Scenario& scenario);

}  // namespace gradwire::scenario
