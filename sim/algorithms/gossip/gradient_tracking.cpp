#include "sim/algorithms/gossip/gradient_tracking.hpp"

#include <array>
#include <utility>

#include "sim/algorithms/gossip/row_sums.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

GradientTracking::GradientTracking(const GossipSetup& setup)
    : d_(static_cast<std::int64_t>(setup.initial.size())),
      models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()) {
  const Vector zero(setup.initial.size(), 0.0F);
  nodes_.assign(static_cast<std::size_t>(setup.nodes),
                Node{.tracker = zero, .mixed = zero, .stepped = zero, .gradient = zero});
}

Message GradientTracking::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  directions_.write(node, models_.of(node), gradient, own.gradient);
  weighted_sum(std::array<Weighted, 2>{{{1.0F, own.mixed}, {1.0F, own.gradient}}}, own.tracker);
  const std::array<Weighted, 2> stepped{
      {{1.0F, models_.parameters(node)}, {static_cast<float>(-step.gamma), own.tracker}}};
  weighted_sum(stepped, own.stepped);
  return Skip{};
}

void GradientTracking::mix(int node, std::span<const Message> /*messages*/, const NodeStep& step) {
  Node& own = nodes_[static_cast<std::size_t>(node)];
  Vector x = models_.take(node);
  weighted_sum(
      row_of(step.mixing, node,
             [this](int other) {
               return std::span<const float>(nodes_[static_cast<std::size_t>(other)].stepped);
             }),
      x);
  models_.replace(node, std::move(x));
  weighted_sum(row_of(step.mixing, node, [this](int other) { return tracker(other); }), own.mixed);
  subtract(own.gradient, own.mixed);
}

Bytes GradientTracking::state_bytes() const {
  return {3 * models_.state_bytes().value + directions_.state_bytes().value};
}

void GradientTracking::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
  for (const Node& node : nodes_) archive(node.mixed);
}

void GradientTracking::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
  for (Node& node : nodes_) archive(node.mixed);
}

constinit const GossipKind gradient_tracking_kind{
    .name = "gradient_tracking",
    .parameters = direction_parameters,
    .make = [](const GossipSetup& setup) -> std::unique_ptr<GossipMethod> {
      return std::make_unique<GradientTracking>(setup);
    },
    .compresses = false};

}  // namespace gradwire::algorithms
