#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::cost {

/// Load of one node in an iteration of a decentralised method.
struct NodeLoad {
  Flops gradient;
  Flops coding;  ///< of its message: after the gradient, or, if messages leave first, before it
  Flops mixing;  ///< decoding and mixing, once all messages to it have arrived
  friend bool operator==(const NodeLoad&, const NodeLoad&) = default;
};

/// A message from a node to a neighbour.
struct EdgeLoad {
  std::int32_t from = 0;
  std::int32_t to = 0;
  Bytes size;
  friend bool operator==(const EdgeLoad&, const EdgeLoad&) = default;
};

/// Load of an iteration of a decentralised method: together with the platform and the dates at
/// which the nodes begin it determines all timings.
struct GossipLoad {
  std::vector<NodeLoad> nodes;  ///< [M]
  std::vector<EdgeLoad> edges;  ///< in the order of sending
  friend bool operator==(const GossipLoad&, const GossipLoad&) = default;
};

}  // namespace gradwire::cost
