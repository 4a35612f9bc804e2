#include "sim/algorithms/gossip/ecd_psgd.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/algorithms/gossip/row_sums.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

EcdPsgd::EcdPsgd(const GossipSetup& setup)
    : models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()),
      nodes_(static_cast<std::size_t>(setup.nodes), Node{.compressor = setup.compressor,
                                                         .estimate = setup.initial,
                                                         .next = setup.initial,
                                                         .buffer = setup.initial}) {}

Message EcdPsgd::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  const auto estimate_of = [this](int other) {
    return std::span<const float>(nodes_[static_cast<std::size_t>(other)].estimate);
  };
  directions_.add_to_sum(node, row_of(step.mixing, node, estimate_of),
                         static_cast<float>(-step.gamma), models_.of(node), gradient, own.next);
  const double half = static_cast<double>(step.context.iteration + 1) / 2;
  const std::array<Weighted, 2> extrapolation{
      {{static_cast<float>(1 - half), models_.parameters(node)},
       {static_cast<float>(half), own.next}}};
  weighted_sum(extrapolation, own.buffer);
  return own.compressor->compress(std::span<const float>(own.buffer), step.context);
}

void EcdPsgd::mix(int node, std::span<const Message> messages, const NodeStep& step) {
  const auto index = static_cast<std::size_t>(node);
  Node& own = nodes_[index];
  const double share = 2 / static_cast<double>(step.context.iteration + 1);
  std::ranges::fill(own.buffer, 0.0F);
  add_to(messages[index], own.buffer);
  const std::array<Weighted, 2> estimate{
      {{static_cast<float>(1 - share), own.estimate}, {static_cast<float>(share), own.buffer}}};
  weighted_sum(estimate, own.estimate);
  Vector x = models_.take(node);
  std::swap(x, own.next);
  models_.replace(node, std::move(x));
}

/// A node holds x, y and the weighted sum of its neighbours' y.
Bytes EcdPsgd::state_bytes() const {
  return {3 * models_.state_bytes().value + directions_.state_bytes().value};
}

void EcdPsgd::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
  for (const Node& node : nodes_) {
    archive(node.estimate);
    node.compressor->save(archive);
  }
}

void EcdPsgd::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
  for (Node& node : nodes_) {
    archive(node.estimate);
    node.compressor->load(archive);
  }
}

constinit const GossipKind ecd_psgd_kind{
    .name = "ecd_psgd",
    .parameters = direction_parameters,
    .make = [](const GossipSetup& setup) -> std::unique_ptr<GossipMethod> {
      return std::make_unique<EcdPsgd>(setup);
    },
    .keeps_copies = true};

}  // namespace gradwire::algorithms
