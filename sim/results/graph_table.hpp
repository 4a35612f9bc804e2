#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::results {

/// One row of graph.csv: a message along an edge.
struct GraphRow {
  std::optional<std::int64_t> iteration;  ///< from 1; nullopt: in every one
  int from = 0;
  int to = 0;
  float weight = 0;  ///< of the sender's model in the receiver's mix
  network::HostName sender;
  network::HostName receiver;
};

/// graph.csv of a run: the messages of one period, or of the first iterations of graphs that are
/// drawn.   hosts: [n], of the nodes
[[nodiscard]] std::string graph_csv(const algorithms::MixingSchedule& schedule,
                                    const std::vector<network::HostName>& hosts);

}  // namespace gradwire::results
