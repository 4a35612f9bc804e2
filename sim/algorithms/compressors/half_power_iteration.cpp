#include "sim/algorithms/compressors/half_power_iteration.hpp"

#include <utility>

#include "sim/algorithms/compressors/orthonormal.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

HalfPowerIteration::HalfPowerIteration(std::vector<FactoredTensor> tensors,
                                       std::int64_t dense_steps)
    : tensors_(std::move(tensors)), dense_steps_(dense_steps) {}

bool HalfPowerIteration::shrinks_too_little(const FactoredTensor& tensor) {
  constexpr double least_compression = 2.0;
  const double sent =
      0.5 * tensor.rank * static_cast<double>(std::uint64_t{tensor.rows} + tensor.columns);
  return static_cast<double>(tensor.size()) <= least_compression * sent;
}

Message HalfPowerIteration::compress(std::span<const float> v, const StepContext& step) {
  if (step.iteration < dense_steps_ || tensors_.empty()) return Dense{Vector(v.begin(), v.end())};
  const bool sends_right = (step.iteration - dense_steps_) % 2 == 0;
  const LowRankSizes sizes = sizes_of(tensors_, v.size());
  const std::size_t expected = sends_right ? sizes.left : sizes.right;
  if (factor_.size() != expected) factor_ = normal_draws(step.shared, expected);

  LowRank message = unfactored(v, tensors_);
  message.left.resize(sizes.left);
  message.right.resize(sizes.right);
  message.held = {.left = sends_right, .right = !sends_right};
  if (sends_right) {
    message.left = factor_;
    orthonormalise_left(tensors_, message.left, step.shared);
    multiply_by_left(v, tensors_, message.left, message.right);
  } else {
    message.right = factor_;
    orthonormalise_right(tensors_, message.right, step.shared);
    multiply_by_right(v, tensors_, message.right, message.left);
  }
  return message;
}

std::optional<Message> HalfPowerIteration::joined(std::span<const Message> messages) const {
  const Message* const first = first_sent(messages);
  if (first == nullptr) return std::nullopt;
  if (std::holds_alternative<Dense>(*first)) return mean_of_dense(messages);
  LowRank mean = std::get<LowRank>(*first);
  const auto sent = mean.held.left ? &LowRank::right : &LowRank::left;
  mean.*sent = mean_of(messages, sent);
  mean.rest = mean_of(messages, &LowRank::rest);
  return mean;
}

void HalfPowerIteration::receive_joined(const Message& joined) {
  if (const auto* mean = std::get_if<LowRank>(&joined)) {
    factor_ = mean->held.left ? mean->right : mean->left;
  }
}

Bytes HalfPowerIteration::state_bytes() const {
  return {static_cast<std::int64_t>(factor_.size() * sizeof(float))};
}

std::unique_ptr<Compressor> HalfPowerIteration::clone() const {
  return std::make_unique<HalfPowerIteration>(*this);
}

void HalfPowerIteration::save(SavingArchive& archive) const { archive(factor_); }
void HalfPowerIteration::load(LoadingArchive& archive) { archive(factor_); }

}  // namespace gradwire::algorithms
