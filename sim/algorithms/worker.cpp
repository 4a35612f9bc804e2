#include "sim/algorithms/worker.hpp"

#include <utility>

namespace gradwire::algorithms {

Worker::Worker(Ingredients ingredients) : parts_(std::move(ingredients)) {
  if (parts_.rule->reads_proposals()) parts_.memory->allow_withdrawal();
}

//   theta  model [d]    size  gamma    gradient  of this iteration's minibatch, at any model
Message Worker::step(const Model& theta, StepSize size, GradientOracle& gradient,
                     const StepContext& context) {
  std::optional<MomentumOracle> direction;
  if (parts_.momentum) direction.emplace(*parts_.momentum, theta, gradient);
  GradientOracle& offered = direction ? static_cast<GradientOracle&>(*direction) : gradient;
  GradientUpdate update(static_cast<float>(gradient_factor(size)), theta, offered);  // (M2)
  return decide(update, theta, size, gradient, context);
}

Message Worker::step_locally(const Model& theta, StepSize size, const LocalWork& work,
                             const StepContext& context) {
  LocalSteps& local = parts_.local_steps.value();
  Momentum* const momentum = parts_.momentum ? &*parts_.momentum : nullptr;
  const Vector u =
      local.offer(theta, parts_.memory->local_start(theta), size.gamma, work, momentum);
  VectorUpdate update(u);
  OfferedVector offered(theta, u);
  size.in_threshold = local.server_factor(size);  // between what is offered and theta's step
  return decide(update, theta, size, offered, context);
}

std::span<const float> Worker::variate_change() const {
  return parts_.local_steps ? parts_.local_steps->variate_change() : std::span<const float>();
}

Message Worker::decide(Update& update, const Model& theta, StepSize size, GradientOracle& gradient,
                       const StepContext& context) {
  Proposal proposal(
      [&] { return parts_.memory->send(update, *parts_.compressor, context); },  // (M5)
      [this] { return parts_.memory->left_out(); });
  if (!parts_.rule->should_send({theta, size, gradient, proposal})) {  // (M4)
    if (proposal.is_computed()) parts_.memory->withdraw();
    return Skip{};
  }
  return proposal.take();
}

Message Worker::next_exchange(int exchange, const Message& reduced, const StepContext& context) {
  return parts_.memory->send_next(exchange, reduced, *parts_.compressor, context);
}

void Worker::receive_joined(const Message& joined, bool sent) {
  if (sent) parts_.memory->receive_joined(joined, *parts_.compressor);
  parts_.compressor->receive_joined(joined);
}

void Worker::delivered() {
  parts_.rule->delivered();
  if (parts_.local_steps) parts_.local_steps->delivered();
}

void Worker::rollback(const Message& lost) {
  if (std::holds_alternative<Skip>(lost)) return;  // a dropped skip has the effect of a skip
  parts_.rule->rollback();
  parts_.memory->rollback(lost);
}

void Worker::skip_iteration(const Model& theta, StepSize size) {
  parts_.rule->skip_iteration(theta, size);
}

Bytes Worker::state_bytes() const {
  const Bytes momentum = parts_.momentum ? parts_.momentum->state_bytes() : Bytes{};
  const Bytes local = parts_.local_steps ? parts_.local_steps->state_bytes() : Bytes{};
  return parts_.rule->state_bytes() + parts_.compressor->state_bytes() +
         parts_.memory->state_bytes() + momentum + local;
}

void Worker::save(SavingArchive& archive) const {
  parts_.rule->save(archive);
  parts_.compressor->save(archive);
  parts_.memory->save(archive);
  if (parts_.momentum) parts_.momentum->save(archive);
  if (parts_.local_steps) parts_.local_steps->save(archive);
}

void Worker::load(LoadingArchive& archive) {
  parts_.rule->load(archive);
  parts_.compressor->load(archive);
  parts_.memory->load(archive);
  if (parts_.momentum) parts_.momentum->load(archive);
  if (parts_.local_steps) parts_.local_steps->load(archive);
}

}  // namespace gradwire::algorithms
