#pragma once

#include <array>

namespace gradwire::learn {

/// x = (v / scale - mean) / deviation, in single precision and in this order of operations, as
/// torchvision's ToTensor and Normalize for a scale of 255.
struct Normalisation {
  float scale = 1.0F;
  float mean = 0.0F;
  float deviation = 1.0F;

  [[nodiscard]] float operator()(float v) const { return (v / scale - mean) / deviation; }
  /// Of every byte.
  [[nodiscard]] std::array<float, 256> table() const {
    std::array<float, 256> values{};
    for (std::size_t v = 0; v < values.size(); ++v) values[v] = (*this)(static_cast<float>(v));
    return values;
  }
};

}  // namespace gradwire::learn
