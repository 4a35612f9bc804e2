#pragma once

#include <cstdint>
#include <functional>

#include "sim/protocols/config.hpp"

namespace gradwire::protocols {

/// Consecutive parts of what a collective works on: entries of a vector that is summed, or the
/// nodes' blocks that are gathered.
struct PartRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  [[nodiscard]] std::int64_t size() const { return end - begin; }
  friend bool operator==(const PartRange&, const PartRange&) = default;
};

/// One step of a node: it sends and receives at the same time. A node sends one message at a time,
/// and continues with the next step when it has received and added.
struct CollectiveStep {
  static constexpr int nobody = -1;
  int to = nobody;
  PartRange sent{};
  int from = nobody;
  PartRange received{};
  bool adds = false;  ///< what is received is added to what the node has, instead of replacing it

  [[nodiscard]] bool sends() const { return to != nobody; }
  [[nodiscard]] bool receives() const { return from != nobody; }
};

/// Receives the steps of a node in their order.
using VisitStep = std::function<void(const CollectiveStep&)>;

/// What is summed.
struct SummedVector {
  PartRange entries;
  /// Largest number of entries in a message of a tree, whose nodes pass a piece on while they
  /// receive the next one; 0: no limit. (In the other algorithms no node could pass on a piece of a
  /// step before the whole step, so their messages are not cut here.)
  std::int64_t most_per_piece = 0;
};

/// The steps of `node` among `nodes` by which all nodes get the sum of their vectors. Every message
/// is received by the step that waits for it: steps of two nodes that exchange messages stand in
/// the same order at both.
void all_reduce_steps(const CollectiveConfig& config, const SummedVector& summed, int node,
                      int nodes, const VisitStep& visit);

/// The steps by which all nodes get all nodes' blocks.
void all_gather_steps(const CollectiveConfig& config, int node, int nodes, const VisitStep& visit);

/// Part `index` of `all`, cut into `count` parts whose sizes differ by at most 1, the larger first.
[[nodiscard]] PartRange part_of(PartRange all, std::int64_t index, std::int64_t count);

}  // namespace gradwire::protocols
