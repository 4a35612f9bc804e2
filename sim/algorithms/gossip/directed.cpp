#include "sim/algorithms/gossip/directed.hpp"

#include <algorithm>

#include "sim/core/error.hpp"

namespace gradwire::algorithms {
namespace {

/// Number of nodes on paths from node 0.
std::size_t reached_from_first(const Receivers& receivers) {
  std::vector<bool> seen(receivers.size());
  std::vector<int> open{0};
  seen[0] = true;
  std::size_t count = 0;
  while (!open.empty()) {
    const int node = open.back();
    open.pop_back();
    ++count;
    for (const int next : receivers[static_cast<std::size_t>(node)]) {
      if (seen[static_cast<std::size_t>(next)]) continue;
      seen[static_cast<std::size_t>(next)] = true;
      open.push_back(next);
    }
  }
  return count;
}

Receivers reversed(const Receivers& receivers) {
  Receivers senders(receivers.size());
  for (std::size_t from = 0; from < receivers.size(); ++from) {
    for (const int to : receivers[from]) {
      senders[static_cast<std::size_t>(to)].push_back(static_cast<int>(from));
    }
  }
  return senders;
}

void put_in_order(Receivers& receivers) {
  for (std::vector<int>& list : receivers) {
    std::ranges::sort(list);
    const auto repeated = std::ranges::unique(list);
    list.erase(repeated.begin(), repeated.end());
  }
}

/// Each node with the one whose number differs in this bit.
MixingMatrix pairs_across(int nodes, int bit) {
  Graph graph(nodes);
  for (int node = 0; node < nodes; ++node) {
    if ((node ^ bit) < nodes) graph.add_edge(node, node ^ bit);
  }
  return mixing_matrix(graph, MixingKind::uniform);
}

}  // namespace

bool is_strongly_connected(const Receivers& receivers) {
  return reached_from_first(receivers) == receivers.size() &&
         reached_from_first(reversed(receivers)) == receivers.size();
}

Receivers along_ring(int nodes, const std::vector<int>& distances) {
  Receivers receivers(static_cast<std::size_t>(nodes));
  for (int node = 0; node < nodes; ++node) {
    for (const int distance : distances) {
      const int to = (node + distance) % nodes;
      if (to != node) receivers[static_cast<std::size_t>(node)].push_back(to);
    }
  }
  put_in_order(receivers);
  return receivers;
}

std::vector<int> powers_of_two_below(int nodes) {
  std::vector<int> powers;
  for (int power = 1; power < nodes; power *= 2) powers.push_back(power);
  return powers;
}

Receivers receivers_of(const std::vector<std::pair<int, int>>& edges, int nodes) {
  Receivers receivers(static_cast<std::size_t>(nodes));
  for (const auto& [from, to] : edges) {
    receivers[static_cast<std::size_t>(from)].push_back(to);
  }
  put_in_order(receivers);
  if (is_strongly_connected(receivers)) return receivers;
  throw InputError("edges", "expected a path from every node to every other along directed edges");
}

std::vector<MixingMatrix> one_peer_matrices(int nodes, bool is_directed) {
  std::vector<MixingMatrix> matrices;
  for (const int power : powers_of_two_below(nodes)) {
    matrices.push_back(is_directed ? equal_shares(along_ring(nodes, {power}))
                                   : pairs_across(nodes, power));
  }
  if (matrices.empty()) matrices.push_back(equal_shares(along_ring(nodes, {})));
  return matrices;
}

}  // namespace gradwire::algorithms
