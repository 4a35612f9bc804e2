#include "sim/algorithms/gossip/deep_squeeze.hpp"

#include <array>
#include <utility>

#include "sim/algorithms/gossip/choco.hpp"
#include "sim/algorithms/gossip/row_sums.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

DeepSqueeze::DeepSqueeze(const GossipSetup& setup, float consensus)
    : consensus_(consensus),
      models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()),
      nodes_(static_cast<std::size_t>(setup.nodes),
             Node{.compressor = setup.compressor,
                  .error = Vector(setup.initial.size(), 0.0F),
                  .stepped = setup.initial}) {}

Message DeepSqueeze::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  const std::array<Weighted, 1> model{{{1.0F, models_.parameters(node)}}};
  directions_.add_to_sum(node, model, static_cast<float>(-step.gamma), models_.of(node), gradient,
                         own.stepped);
  add_scaled(1.0F, own.stepped, own.error);
  Message message = own.compressor->compress(std::span<const float>(own.error), step.context);
  subtract_from(message, own.error);
  return message;
}

void DeepSqueeze::mix(int node, std::span<const Message> messages, const NodeStep& step) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  add_weighted(pulls_of(step.mixing, node, messages, consensus_), own.stepped);
  Vector x = models_.take(node);
  std::swap(x, own.stepped);
  models_.replace(node, std::move(x));
}

Bytes DeepSqueeze::state_bytes() const {
  return {2 * models_.state_bytes().value + directions_.state_bytes().value};
}

void DeepSqueeze::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
  for (const Node& node : nodes_) {
    archive(node.error);
    node.compressor->save(archive);
  }
}

void DeepSqueeze::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
  for (Node& node : nodes_) {
    archive(node.error);
    node.compressor->load(archive);
  }
}

namespace {

constexpr Parameter deep_squeeze_parameters[] = {&consensus_parameter, &momentum_parameter,
                                                 &nesterov_parameter, &dampening_parameter,
                                                 &weight_decay_parameter};

}  // namespace

constinit const GossipKind deep_squeeze_kind{
    .name = "deep_squeeze",
    .parameters = deep_squeeze_parameters,
    .make = [](const GossipSetup& setup) -> std::unique_ptr<GossipMethod> {
      return std::make_unique<DeepSqueeze>(
          setup, static_cast<float>(setup.config.get(consensus_parameter)));
    }};

}  // namespace gradwire::algorithms
