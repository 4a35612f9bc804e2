#pragma once

#include <cstdint>
#include <string>

#include "sim/core/layout.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::testing_support {

/// ResNet18 for 10 classes of images of 32 x 32: 11,173,962 entries.
inline Layout resnet18() {
  Layout layout;
  const auto conv = [&layout](std::int64_t out, std::int64_t in, std::int64_t kernel) {
    layout.add("conv", {out, in, kernel, kernel});
    layout.add("norm.weight", {out});
    layout.add("norm.bias", {out});
  };
  conv(64, 3, 3);
  std::int64_t channels = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t out = std::int64_t{64} << stage;
    for (int block = 0; block < 2; ++block) {
      conv(out, channels, 3);
      conv(out, out, 3);
      if (channels != out) conv(out, channels, 1);
      channels = out;
    }
  }
  layout.add("linear.weight", {10, channels});
  layout.add("linear.bias", {10});
  return layout;
}

/// Matrices, among them a convolution's, and a vector between.
inline Layout small_net() {
  Layout layout;
  layout.add("linear.weight", {6, 4});
  layout.add("linear.bias", {3});
  layout.add("conv.weight", {4, 2, 3});
  return layout;
}

/// The gradients of tests/reference/low_rank.py, exact in single precision.
inline Vector reference_gradient(std::size_t worker, std::int64_t t, std::size_t d) {
  Vector g(d);
  for (std::size_t i = 0; i < d; ++i) {
    const auto number = static_cast<std::int64_t>(i * 37 + worker * 11) + t * 5;
    g[i] = static_cast<float>(number % 41 - 20) / 32.0F;
  }
  return g;
}

}  // namespace gradwire::testing_support
