#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/learn/data/samples/label.hpp"

namespace gradwire::learn {

/// Identifies the data of a run: the decoded samples and labels, independent of the file format.
struct DataIdentity {
  std::string digest;  ///< XXH3-128, 32 hex digits
  std::int64_t train_samples = 0;
  std::int64_t test_samples = 0;

  bool operator==(const DataIdentity&) const = default;
};

/// Samples as bytes (pixels, or the memory representation of floats), and their labels, [n].
struct SampleBytes {
  std::span<const std::uint8_t> values;
  std::span<const Label> labels;
};

/// Depends on the shape of a sample and on all samples and labels in their order. Labels count with
/// one byte each, or with four (little-endian) where one exceeds a byte.
[[nodiscard]] DataIdentity identify(std::span<const std::int64_t> shape, const SampleBytes& train,
                                    const SampleBytes& test);

/// The same identity, with a digest that depends on `more`, too.
[[nodiscard]] DataIdentity refined(const DataIdentity& identity,
                                   std::span<const std::uint8_t> more);

/// Identity of two datasets used as one.
[[nodiscard]] DataIdentity joined(const DataIdentity& first, const DataIdentity& second);

}  // namespace gradwire::learn
