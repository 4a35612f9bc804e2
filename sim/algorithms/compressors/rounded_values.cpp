#include "sim/algorithms/compressors/rounded_values.hpp"

#include <utility>

namespace gradwire::algorithms {
namespace {

Message rounded(Message message, ValueFormat format) {
  const auto round = [format](auto& sent) {
    if (sent.format != ValueFormat::float32) return;
    round_values(format, sent.values, sent.values);
    sent.format = format;
  };
  if (auto* dense = std::get_if<Dense>(&message)) round(*dense);
  if (auto* sparse = std::get_if<Sparse>(&message)) round(*sparse);
  return message;
}

class Observed final : public ObservedCompression {
 public:
  Observed(std::unique_ptr<ObservedCompression> inner, ValueFormat format)
      : inner_(std::move(inner)), format_(format) {}
  WriteObserver& observer() override { return inner_->observer(); }
  Message finish() override { return rounded(inner_->finish(), format_); }

 private:
  std::unique_ptr<ObservedCompression> inner_;
  ValueFormat format_;
};

}  // namespace

RoundedValues::RoundedValues(Box<Compressor> inner, ValueFormat format)
    : inner_(std::move(inner)), format_(format) {}

Message RoundedValues::compress(std::span<const float> v, const StepContext& step) {
  return rounded(inner_->compress(v, step), format_);
}

Message RoundedValues::compress(Update& update, const StepContext& step) {
  return rounded(inner_->compress(update, step), format_);
}

std::unique_ptr<ObservedCompression> RoundedValues::observe(std::span<const float> v,
                                                            const StepContext& step) {
  auto observed = inner_->observe(v, step);
  if (!observed) return nullptr;
  return std::make_unique<Observed>(std::move(observed), format_);
}

Message RoundedValues::reduce(int exchange, std::span<const Message> messages) const {
  return inner_->reduce(exchange, messages);
}

Message RoundedValues::compress_next(int exchange, const Message& reduced, std::span<const float> v,
                                     const StepContext& step) {
  return rounded(inner_->compress_next(exchange, reduced, v, step), format_);
}

std::optional<Message> RoundedValues::joined(std::span<const Message> messages) const {
  return inner_->joined(messages);
}

std::unique_ptr<Compressor> RoundedValues::clone() const {
  return std::make_unique<RoundedValues>(*this);
}

bool RoundedValues::applies(const MessageShape& shape, ValueFormat format) {
  const bool has_values = shape.representation == Representation::dense ||
                          shape.representation == Representation::sparse;
  return format != ValueFormat::float32 && shape.values == ValueFormat::float32 && has_values;
}

}  // namespace gradwire::algorithms
