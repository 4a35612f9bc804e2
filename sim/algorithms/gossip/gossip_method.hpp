#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/box.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// Where a node's step takes place.
struct NodeStep {
  StepContext context;
  double gamma = 0;
  const MixingMatrix& mixing;
};

/// A decentralised method: the states of all its nodes, each with a model of its own. In an
/// iteration every node computes, its message goes to its neighbours, and when theirs have arrived
/// it mixes. Calls of one kind for different nodes may be concurrent; all compute() come before all
/// mix() of an iteration. What all holders of a vector know alike (a public copy) is stored once.
class GossipMethod {
 public:
  virtual ~GossipMethod() = default;

  /// The model at which the node's next gradient is taken; valid until its mix().
  [[nodiscard]] virtual Model model(int node) const = 0;
  /// The node's half of the iteration before the exchange. Returns its message to all neighbours;
  /// Skip if what it sends is plain_values() floats.   gradient: of the node's minibatch
  virtual Message compute(int node, GradientOracle& gradient, const NodeStep& step) = 0;
  /// The half after it. messages: [n], of compute().
  virtual void mix(int node, std::span<const Message> messages, const NodeStep& step) = 0;
  /// Number of floats that a node sends, if its message is not compressed.
  [[nodiscard]] virtual std::optional<std::int64_t> plain_values() const { return std::nullopt; }

  /// Of all nodes, between iterations, as if each held its own copy of what others hold as well.
  [[nodiscard]] virtual Bytes state_bytes() const = 0;
  // For checkpoints.
  virtual void save(SavingArchive& archive) const = 0;
  virtual void load(LoadingArchive& archive) = 0;
};

/// What a method's nodes are made from.
struct GossipSetup {
  AlgorithmConfig config;  ///< with_defaults()
  Layout layout;
  Vector initial;              ///< [d] x^0 of all nodes
  Box<Compressor> compressor;  ///< of each node: a copy
  int nodes = 1;
};

/// A decentralised method as an ingredient of a row.
struct GossipKind {
  std::string_view name;
  std::span<const Parameter> parameters;
  std::unique_ptr<GossipMethod> (*make)(const GossipSetup& setup);
  bool compresses = true;    ///< messages are a compressor's
  bool is_directed = false;  ///< columns of W sum to 1: edges may be directed
  /// Neighbours keep copies of a node's vectors, which each of its messages advances: they have to
  /// receive them all, so that the graph is the same in all iterations.
  bool keeps_copies = false;
  /// Whether messages leave before the gradient is computed, which they do not depend on.
  bool (*sends_first)(const AlgorithmConfig& config) = [](const AlgorithmConfig&) { return false; };
};

}  // namespace gradwire::algorithms
