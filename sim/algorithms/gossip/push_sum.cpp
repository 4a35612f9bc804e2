#include "sim/algorithms/gossip/push_sum.hpp"

#include <utility>

#include "sim/algorithms/gossip/row_sums.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

PushSum::PushSum(const GossipSetup& setup)
    : d_(static_cast<std::int64_t>(setup.initial.size())),
      models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()),
      nodes_(static_cast<std::size_t>(setup.nodes),
             Node{.sum = setup.initial, .sent = setup.initial}) {}

Message PushSum::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  own.sent_weight = own.weight;
  std::swap(own.sum, own.sent);
  directions_.accumulate(node, static_cast<float>(-step.gamma), models_.of(node), gradient,
                         own.sent);
  return Skip{};
}

void PushSum::mix(int node, std::span<const Message> /*messages*/, const NodeStep& step) {
  const auto index = static_cast<std::size_t>(node);
  Node& own = nodes_[index];
  const auto at = [this](int other) -> const Node& {
    return nodes_[static_cast<std::size_t>(other)];
  };
  weighted_sum(
      row_of(step.mixing, node, [&](int other) { return std::span<const float>(at(other).sent); }),
      own.sum);
  own.weight = double{step.mixing.own[index]} * own.sent_weight;
  for (const MixingMatrix::Incoming& one : step.mixing.incoming[index]) {
    own.weight += double{one.weight} * at(one.from).sent_weight;
  }
  Vector z = models_.take(node);
  scale(static_cast<float>(1 / own.weight), own.sum, z);
  models_.replace(node, std::move(z));
}

Bytes PushSum::state_bytes() const {
  return {2 * models_.state_bytes().value + directions_.state_bytes().value};
}

void PushSum::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
  for (const Node& node : nodes_) archive(node.weight, node.sum);
}

void PushSum::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
  for (Node& node : nodes_) archive(node.weight, node.sum);
}

constinit const GossipKind push_sum_kind{
    .name = "push_sum",
    .parameters = direction_parameters,
    .make = [](const GossipSetup& setup) -> std::unique_ptr<GossipMethod> {
      return std::make_unique<PushSum>(setup);
    },
    .compresses = false,
    .is_directed = true};

}  // namespace gradwire::algorithms
