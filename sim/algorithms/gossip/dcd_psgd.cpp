#include "sim/algorithms/gossip/dcd_psgd.hpp"

#include <utility>

#include "sim/algorithms/gossip/row_sums.hpp"

namespace gradwire::algorithms {

DcdPsgd::DcdPsgd(const GossipSetup& setup)
    : models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()),
      compressors_(static_cast<std::size_t>(setup.nodes), setup.compressor),
      change_(static_cast<std::size_t>(setup.nodes), Vector(setup.initial.size())) {}

Message DcdPsgd::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  const auto index = static_cast<std::size_t>(node);
  Vector& z = change_[index];
  auto row = row_of(step.mixing, node, [this](int other) { return models_.parameters(other); });
  row.front().weight -= 1.0F;  // less x_i
  directions_.add_to_sum(node, row, static_cast<float>(-step.gamma), models_.of(node), gradient, z);
  return compressors_[index]->compress(std::span<const float>(z), step.context);
}

void DcdPsgd::mix(int node, std::span<const Message> messages, const NodeStep& /*step*/) {
  Vector x = models_.take(node);
  add_to(messages[static_cast<std::size_t>(node)], x);
  models_.replace(node, std::move(x));
}

/// A node holds its model; replicas of its neighbours' are not counted, since their sum, weighted
/// by W, suffices.
Bytes DcdPsgd::state_bytes() const {
  return {2 * models_.state_bytes().value + directions_.state_bytes().value};
}

void DcdPsgd::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
  for (const Box<Compressor>& compressor : compressors_) compressor->save(archive);
}

void DcdPsgd::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
  for (Box<Compressor>& compressor : compressors_) compressor->load(archive);
}

constinit const GossipKind dcd_psgd_kind{
    .name = "dcd_psgd",
    .parameters = direction_parameters,
    .make = [](const GossipSetup& setup) -> std::unique_ptr<GossipMethod> {
      return std::make_unique<DcdPsgd>(setup);
    },
    .keeps_copies = true};

}  // namespace gradwire::algorithms
