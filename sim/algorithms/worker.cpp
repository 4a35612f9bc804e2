#include "sim/algorithms/worker.hpp"

#include <utility>

namespace gradwire::algorithms {

Worker::Worker(SendRule rule, Compressor compressor)
    : rule_(std::move(rule)), compressor_(std::move(compressor)) {}

//   theta  model [d]    size  gamma    gradient  of this iteration's minibatch, at any model
Message Worker::step(const Model& theta, StepSize size, GradientOracle& gradient) {
  const bool send =
      std::visit([&](auto& rule) { return rule.should_send(theta, size, gradient); }, rule_);
  if (!send) return Skip{};  // (M4)
  return std::visit(
      [&](auto& compressor) -> Message { return compressor.compress(size.gamma, theta, gradient); },
      compressor_);  // (M2), (M5)
}

void Worker::delivered() {
  std::visit([](auto& rule) { rule.delivered(); }, rule_);
}

void Worker::rollback(const Message& lost) {
  if (std::holds_alternative<Skip>(lost)) return;  // a dropped skip has the effect of a skip
  std::visit([](auto& rule) { rule.rollback(); }, rule_);
  std::visit([&](auto& compressor) { compressor.rollback(lost); }, compressor_);
}

void Worker::skip_iteration(const Model& theta, StepSize size) {
  std::visit([&](auto& rule) { rule.skip_iteration(theta, size); }, rule_);
}

int Worker::auxiliary_gradients() const {
  return std::visit([](const auto& rule) { return rule.auxiliary_gradients(); }, rule_);
}

Model Worker::reference_model() const {
  return std::visit([](const auto& rule) { return rule.reference_model(); }, rule_);
}

Bytes Worker::state_bytes() const {
  const auto bytes = [](const auto& part) { return part.state_bytes(); };
  return std::visit(bytes, rule_) + std::visit(bytes, compressor_);
}

}  // namespace gradwire::algorithms
