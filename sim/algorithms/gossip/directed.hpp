#pragma once

#include <utility>
#include <vector>

#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/gossip/topology.hpp"

namespace gradwire::algorithms {

/// Receivers by sender, [n], each list ascending and without repetition.
using Receivers = std::vector<std::vector<int>>;

/// Whether there is a path from every node to every other.
[[nodiscard]] bool is_strongly_connected(const Receivers& receivers);

/// To the node so far along the ring.
[[nodiscard]] Receivers along_ring(int nodes, const std::vector<int>& distances);
/// 1, 2, 4, ... below the number of nodes.
[[nodiscard]] std::vector<int> powers_of_two_below(int nodes);
/// From the first node of each pair to the second. Throws InputError if they are not strongly
/// connected.
[[nodiscard]] Receivers receivers_of(const std::vector<std::pair<int, int>>& edges, int nodes);

/// The matrices of the one-peer exponential graphs, in turn. Undirected: the number of nodes must
/// be a power of two.
[[nodiscard]] std::vector<MixingMatrix> one_peer_matrices(int nodes, bool is_directed);

}  // namespace gradwire::algorithms
