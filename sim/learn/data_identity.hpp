#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace gradwire::learn {

/// Which data a run learned from: decoded samples and labels, however their files hold them.
struct DataIdentity {
  std::string digest;  ///< XXH3-128, 32 hex digits
  std::int64_t train_samples = 0;
  std::int64_t test_samples = 0;

  bool operator==(const DataIdentity&) const = default;
};

/// Samples as bytes (pixels, or floats as they lie in memory), and their labels.
struct SampleBytes {
  std::span<const std::uint8_t> values;
  std::span<const std::uint8_t> labels;
};

/// Depends on the shape of a sample, and on all samples and labels in their order.
[[nodiscard]] DataIdentity identify(std::span<const std::int64_t> shape, const SampleBytes& train,
                                    const SampleBytes& test);

/// Of two datasets used as one.
[[nodiscard]] DataIdentity joined(const DataIdentity& first, const DataIdentity& second);

}  // namespace gradwire::learn
