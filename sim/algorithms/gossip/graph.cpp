#include "sim/algorithms/gossip/graph.hpp"

#include <algorithm>
#include <stdexcept>

namespace gradwire::algorithms {
namespace {

void insert_sorted(std::vector<int>& nodes, int node) {
  nodes.insert(std::ranges::lower_bound(nodes, node), node);
}

}  // namespace

void Graph::add_edge(int a, int b) {
  if (a == b || a < 0 || b < 0 || a >= nodes() || b >= nodes()) {
    throw std::logic_error("no such edge");
  }
  if (has_edge(a, b)) return;
  insert_sorted(neighbours_[static_cast<std::size_t>(a)], b);
  insert_sorted(neighbours_[static_cast<std::size_t>(b)], a);
}

int Graph::largest_degree() const {
  int largest = 0;
  for (int node = 0; node < nodes(); ++node) largest = std::max(largest, degree(node));
  return largest;
}

bool Graph::has_edge(int a, int b) const { return std::ranges::binary_search(neighbours(a), b); }

std::vector<std::pair<int, int>> Graph::edges() const {
  std::vector<std::pair<int, int>> all;
  for (int a = 0; a < nodes(); ++a) {
    for (const int b : neighbours(a)) {
      if (a < b) all.emplace_back(a, b);
    }
  }
  return all;
}

bool Graph::is_connected() const {
  if (nodes() == 0) return true;
  std::vector<bool> reached(neighbours_.size(), false);
  std::vector<int> open{0};
  reached[0] = true;
  std::size_t count = 1;
  while (!open.empty()) {
    const int node = open.back();
    open.pop_back();
    for (const int next : neighbours(node)) {
      if (reached[static_cast<std::size_t>(next)]) continue;
      reached[static_cast<std::size_t>(next)] = true;
      ++count;
      open.push_back(next);
    }
  }
  return count == neighbours_.size();
}

}  // namespace gradwire::algorithms
