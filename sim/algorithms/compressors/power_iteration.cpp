#include "sim/algorithms/compressors/power_iteration.hpp"

#include <utility>

#include "sim/algorithms/compressors/orthonormal.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

PowerIteration::PowerIteration(std::vector<FactoredTensor> tensors, std::size_t d)
    : tensors_(std::move(tensors)) {
  const bool has_rest = tensors_.empty() || sizes_of(tensors_, d).rest > 0;
  if (!tensors_.empty()) stages_.push_back(Stage::left);
  if (has_rest) stages_.push_back(Stage::rest);
  if (!tensors_.empty()) stages_.push_back(Stage::right);
}

Message PowerIteration::compress(std::span<const float> v, const StepContext& step) {
  if (right_.empty()) right_ = normal_draws(step.shared, sizes_of(tensors_, v.size()).right);
  return of_stage(stages_.front(), v);
}

Message PowerIteration::compress_next(int exchange, const Message& reduced,
                                      std::span<const float> v, const StepContext& step) {
  if (stages_.at(static_cast<std::size_t>(exchange) - 1) == Stage::left) {
    left_ = std::get<Dense>(reduced).values;
    orthonormalise_left(tensors_, left_, step.shared);
  }
  return of_stage(stages_.at(static_cast<std::size_t>(exchange)), v);
}

Message PowerIteration::of_stage(Stage stage, std::span<const float> v) {
  switch (stage) {
    case Stage::left: {
      Dense left{Vector(sizes_of(tensors_, v.size()).left)};
      multiply_by_right(v, tensors_, right_, left.values);
      return left;
    }
    case Stage::rest:
      if (tensors_.empty()) return unfactored(v, {});
      return Dense{rest_of(v, tensors_)};
    case Stage::right:
      break;
  }
  LowRank message = unfactored(v, tensors_);
  message.left = left_;
  message.right.resize(right_.size());
  multiply_by_left(v, tensors_, left_, message.right);
  message.held = {.left = true, .rest = true};
  return message;
}

Message PowerIteration::reduce(int /*exchange*/, std::span<const Message> messages) const {
  return mean_of_dense(messages);
}

std::optional<Message> PowerIteration::joined(std::span<const Message> messages) const {
  const Message* const first = first_sent(messages);
  if (first == nullptr) return std::nullopt;
  LowRank mean = std::get<LowRank>(*first);
  mean.right = mean_of(messages, &LowRank::right);
  mean.rest = mean_of(messages, &LowRank::rest);
  return mean;
}

void PowerIteration::receive_joined(const Message& joined) {
  right_ = std::get<LowRank>(joined).right;
}

void PowerIteration::subtract_joined(const Message& joined, std::span<float> v) const {
  subtract_from(joined, v);
  clear_rest(v, tensors_);
}

Bytes PowerIteration::state_bytes() const {
  return {static_cast<std::int64_t>(right_.size() * sizeof(float))};
}

std::unique_ptr<Compressor> PowerIteration::clone() const {
  return std::make_unique<PowerIteration>(*this);
}

void PowerIteration::save(SavingArchive& archive) const { archive(right_); }
void PowerIteration::load(LoadingArchive& archive) { archive(right_); }

}  // namespace gradwire::algorithms
