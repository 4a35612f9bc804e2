#include "sim/algorithms/gossip/d_psgd.hpp"

#include <algorithm>
#include <utility>

#include "sim/algorithms/gossip/row_sums.hpp"

namespace gradwire::algorithms {
namespace {

constexpr Choice d_psgd_orders[] = {
    {"mix_first", "the gradient is taken at, and added to, the model that is sent (D-PSGD)"},
    {"step_first", "models are sent and mixed after the step: W (x - gamma g)"}};
static_assert(has_row_for_each(d_psgd_orders, DPsgd::Order::step_first));

}  // namespace

constinit const ChoiceParameter d_psgd_order_parameter{.key = "order",
                                                       .help = "what comes first in an iteration",
                                                       .choices = d_psgd_orders,
                                                       .default_value = "mix_first"};

DPsgd::DPsgd(const GossipSetup& setup, Order order)
    : order_(order),
      d_(static_cast<std::int64_t>(setup.initial.size())),
      models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()),
      next_(static_cast<std::size_t>(setup.nodes), Vector(setup.initial.size())) {}

Message DPsgd::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  Vector& next = next_[static_cast<std::size_t>(node)];
  const Model own = models_.of(node);
  const auto row =
      order_ == Order::mix_first
          ? row_of(step.mixing, node, [this](int other) { return models_.parameters(other); })
          : std::vector<Weighted>{{1.0F, own->parameters()}};
  directions_.add_to_sum(node, row, static_cast<float>(-step.gamma), own, gradient, next);
  return Skip{};
}

void DPsgd::mix(int node, std::span<const Message> /*messages*/, const NodeStep& step) {
  Vector& next = next_[static_cast<std::size_t>(node)];
  Vector old = models_.take(node);
  if (order_ == Order::mix_first) {
    models_.replace(node, std::exchange(next, std::move(old)));
    return;
  }
  const auto stepped = [this](int other) {
    return std::span<const float>(next_[static_cast<std::size_t>(other)]);
  };
  weighted_sum(row_of(step.mixing, node, stepped), old);
  models_.replace(node, std::move(old));
}

Bytes DPsgd::state_bytes() const { return models_.state_bytes() + directions_.state_bytes(); }

void DPsgd::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
}

void DPsgd::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
}

namespace {

constexpr Parameter d_psgd_parameters[] = {&d_psgd_order_parameter, &momentum_parameter,
                                           &nesterov_parameter, &dampening_parameter,
                                           &weight_decay_parameter};

DPsgd::Order order_of_d_psgd(const AlgorithmConfig& config) {
  return config.choice<DPsgd::Order>(d_psgd_order_parameter);
}

}  // namespace

constinit const GossipKind d_psgd_kind{
    .name = "d_psgd",
    .parameters = d_psgd_parameters,
    .make = [](const GossipSetup& setup) -> std::unique_ptr<GossipMethod> {
      return std::make_unique<DPsgd>(setup, order_of_d_psgd(setup.config));
    },
    .compresses = false,
    .sends_first =
        [](const AlgorithmConfig& config) {
          return order_of_d_psgd(config) == DPsgd::Order::mix_first;
        }};

}  // namespace gradwire::algorithms
