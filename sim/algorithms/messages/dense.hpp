#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/algorithms/messages/value_format.hpp"
#include "sim/core/units.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// All values of a vector.
struct Dense {
  Vector values;  ///< [d]
  ValueFormat format = ValueFormat::float32;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(values, format);
  }
  friend bool operator==(const Dense&, const Dense&) = default;
};

/// Adds a dense vector to another one block by block.
class DenseBlocks {
 public:
  explicit DenseBlocks(const Dense& dense) : values_(dense.values) {}
  /// sum <- sum + entries [begin, begin + sum.size()).
  void add_to(std::span<float> sum, std::size_t begin);

 private:
  std::span<const float> values_;
};

[[nodiscard]] std::int64_t values_in(const Dense& dense);
/// The bits of each value in its format.
[[nodiscard]] Bits payload_bits(const Dense& dense);
[[nodiscard]] Bytes stored_bytes(const Dense& dense);
/// v <- v - dense.   v: [d]
void subtract_from(const Dense& dense, std::span<float> v);
/// v <- v + dense.   v: [d]
void add_to(const Dense& dense, std::span<float> v);

}  // namespace gradwire::algorithms
