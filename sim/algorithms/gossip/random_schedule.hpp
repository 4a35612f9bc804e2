#pragma once

#include <cstdint>

#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/gossip/topology.hpp"
#include "sim/core/random.hpp"

namespace gradwire::algorithms {

/// W of a graph's edges.
using WeightsOf = std::function<MixingMatrix(const Graph&)>;

/// Pairs of a graph's nodes: its edges in random order, each taken unless one of its ends has a
/// pair already. No further edge can be added.
[[nodiscard]] Graph random_matching(const Graph& graph, RandomStream random);

/// The schedules that draw a graph for each iteration from a stream of its own; functions of the
/// seed. `weights_of`: of the edges drawn; a node without a neighbour keeps its model.
[[nodiscard]] MixingSchedule matching_schedule(const Graph& graph, std::uint64_t seed,
                                               const WeightsOf& weights_of);
/// `config`: erdos_renyi or random_regular. The first iteration's graph is drawn at once: throws
/// InputError if there is none.
[[nodiscard]] MixingSchedule resampled_schedule(const TopologyConfig& config, int nodes,
                                                std::uint64_t seed, const WeightsOf& weights_of);

}  // namespace gradwire::algorithms
