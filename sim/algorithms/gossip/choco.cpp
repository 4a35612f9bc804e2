#include "sim/algorithms/gossip/choco.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/algorithms/gossip/row_sums.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

constexpr Choice choco_orders[] = {
    {"iclr", "mix with the old copies, send, then step: arXiv 1907.09356, Algorithm 1"},
    {"icml", "step, send, then mix with the new copies: arXiv 1902.00340, Algorithm 2"}};
static_assert(has_row_for_each(choco_orders, Choco::Order::icml));

}  // namespace

constinit const ChoiceParameter choco_order_parameter{.key = "order",
                                                      .help = "what comes first in an iteration",
                                                      .choices = choco_orders,
                                                      .default_value = "icml"};
constinit const NumberParameter consensus_parameter{
    .key = "consensus",
    .help = "the consensus step size: how far a model moves towards its neighbours'",
    .range = {.above = 0, .up_to = 1},
    .default_value = 0.1};
constinit const NumberParameter l1_parameter{
    .key = "l1",
    .help = "lambda: weight of the model's l1 norm, whose proximal step comes last",
    .range = {.at_least = 0, .up_to = 1e6},
    .default_value = 1e-5};

Choco::Choco(const GossipSetup& setup, const Config& config, const Box<Compressor>& compressor)
    : config_(config),
      models_(setup.nodes, setup.initial),
      directions_(setup.config, setup.nodes, setup.initial.size()) {
  const std::size_t d = setup.initial.size();
  const Node start{.compressor = compressor,
                   .rest = setup.initial,
                   .copy = Vector(d, 0.0F),
                   .pull = Vector(d, 0.0F)};
  nodes_.assign(static_cast<std::size_t>(setup.nodes), start);
}

Message Choco::compute(int node, GradientOracle& gradient, const NodeStep& step) {
  return config_.order == Order::icml ? send_step(node, gradient, step)
                                      : send_mixed(node, gradient, step);
}

Message Choco::send_step(int node, GradientOracle& gradient, const NodeStep& step) {
  Node& own = at(node);
  const auto observed = own.compressor->observe(own.rest, step.context);
  NoObserver nobody;
  directions_.accumulate(node, static_cast<float>(-step.gamma), models_.of(node), gradient,
                         own.rest, observed ? observed->observer() : nobody);
  Message message =
      observed ? observed->finish() : own.compressor->compress(own.rest, step.context);
  advance(message, own);
  return message;
}

/// The model of this iteration was mixed at the end of the last: `rest` has the mixing already.
Message Choco::send_mixed(int node, GradientOracle& gradient, const NodeStep& step) {
  Node& own = at(node);
  Message message = own.compressor->compress(std::span<const float>(own.rest), step.context);
  advance(message, own);
  directions_.accumulate(node, static_cast<float>(-step.gamma), models_.of(node), gradient,
                         own.rest);
  return message;
}

void Choco::advance(const Message& message, Node& node) {
  subtract_from(message, node.rest);
  add_to(message, node.copy);
}

namespace {

/// x <- sign(x) max(|x| - threshold, 0); rest <- x - copy.
void shrink(float threshold, std::span<float> x, std::span<const float> copy,
            std::span<float> rest) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float above = std::abs(x[i]) - threshold;
    x[i] = std::copysign((above + std::abs(above)) * 0.5F, x[i]);  // exact
    rest[i] = x[i] - copy[i];
  }
}

}  // namespace

/// s of the neighbours' new copies; then x <- x + consensus s, and with l1 its soft threshold,
/// block by block, so that a block is read from memory once.
void Choco::mix(int node, std::span<const Message> messages, const NodeStep& step) {
  Node& own = at(node);
  add_weighted(pulls_of(step.mixing, node, messages), own.pull);
  Vector next = models_.take(node);
  constexpr std::size_t block = 4096;
  const auto threshold = static_cast<float>(step.gamma * config_.l1);
  for (std::size_t begin = 0; begin < next.size(); begin += block) {
    const std::size_t size = std::min(block, next.size() - begin);
    const auto x = std::span(next).subspan(begin, size);
    const auto rest = std::span(own.rest).subspan(begin, size);
    const auto copy = std::span(own.copy).subspan(begin, size);
    add_scaled_and_sum(config_.consensus, std::span(own.pull).subspan(begin, size), rest, copy, x);
    if (config_.l1 > 0) shrink(threshold, x, copy, rest);
  }
  models_.replace(node, std::move(next));
}

/// A node holds its model, its copy and s.
Bytes Choco::state_bytes() const {
  return {3 * models_.state_bytes().value + directions_.state_bytes().value};
}

void Choco::save(SavingArchive& archive) const {
  models_.save(archive);
  directions_.save(archive);
  for (const Node& node : nodes_) {
    archive(node.rest, node.copy, node.pull);
    node.compressor->save(archive);
  }
}

void Choco::load(LoadingArchive& archive) {
  models_.load(archive);
  directions_.load(archive);
  for (Node& node : nodes_) {
    archive(node.rest, node.copy, node.pull);
    node.compressor->load(archive);
  }
}

namespace {

constexpr Parameter choco_parameters[] = {&choco_order_parameter, &consensus_parameter,
                                          &momentum_parameter,    &nesterov_parameter,
                                          &dampening_parameter,   &weight_decay_parameter};
constexpr Parameter malcom_parameters[] = {
    &choco_order_parameter, &consensus_parameter, &l1_parameter,          &momentum_parameter,
    &nesterov_parameter,    &dampening_parameter, &weight_decay_parameter};

std::unique_ptr<GossipMethod> make_choco(const GossipSetup& setup, double l1) {
  return std::make_unique<Choco>(
      setup,
      Choco::Config{.order = setup.config.choice<Choco::Order>(choco_order_parameter),
                    .consensus = static_cast<float>(setup.config.get(consensus_parameter)),
                    .l1 = l1},
      setup.compressor);
}

/// iclr sends the change that the last iteration's mixing and step made.
bool choco_sends_first(const AlgorithmConfig& config) {
  return config.choice<Choco::Order>(choco_order_parameter) == Choco::Order::iclr;
}

}  // namespace

constinit const GossipKind choco_kind{
    .name = "choco",
    .parameters = choco_parameters,
    .make = [](const GossipSetup& setup) { return make_choco(setup, 0); },
    .keeps_copies = true,
    .sends_first = choco_sends_first};

constinit const GossipKind malcom_kind{
    .name = "malcom",
    .parameters = malcom_parameters,
    .make =
        [](const GossipSetup& setup) { return make_choco(setup, setup.config.get(l1_parameter)); },
    .keeps_copies = true,
    .sends_first = choco_sends_first};

}  // namespace gradwire::algorithms
