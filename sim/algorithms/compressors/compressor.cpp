#include "sim/algorithms/compressors/compressor.hpp"

#include <stdexcept>

namespace gradwire::algorithms {

Message Compressor::compress(Update& update, const StepContext& step) {
  Vector v(update.size());
  update.write_to(v);
  return compress(v, step);
}

std::unique_ptr<ObservedCompression> Compressor::observe(std::span<const float> /*v*/,
                                                         const StepContext& /*step*/) {
  return nullptr;
}

Message Compressor::reduce(int /*exchange*/, std::span<const Message> /*messages*/) const {
  throw std::logic_error("a compressor of one exchange reduces nothing");
}

std::optional<Message> Compressor::joined(std::span<const Message> /*messages*/) const {
  return std::nullopt;
}

void Compressor::subtract_joined(const Message& joined, std::span<float> v) const {
  subtract_from(joined, v);
}

Message Compressor::compress_next(int /*exchange*/, const Message& /*reduced*/,
                                  std::span<const float> /*v*/, const StepContext& /*step*/) {
  throw std::logic_error("a compressor of one exchange has no next message");
}

}  // namespace gradwire::algorithms
