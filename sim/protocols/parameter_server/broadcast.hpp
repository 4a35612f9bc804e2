#pragma once

#include <vector>

namespace gradwire::protocols {

/// Children of a node in a binomial tree of `nodes` nodes, in the order of sending: the child with
/// the largest subtree first, so that every node holds the model after ceil(log2 nodes) sends. The
/// server is node 0, worker m is node m + 1.
[[nodiscard]] inline std::vector<int> children_of(int node, int nodes) {
  std::vector<int> children;
  // Node n's children are n + 2^k for each 2^k below n's lowest bit.
  const int below = node == 0 ? nodes : node & -node;
  int step = 1;
  while (2 * step < below) step *= 2;
  for (; step >= 1; step /= 2) {
    if (step < below && node + step < nodes) children.push_back(node + step);
  }
  return children;
}

}  // namespace gradwire::protocols
