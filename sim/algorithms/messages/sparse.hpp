#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/algorithms/messages/value_format.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// Some values of a vector; the others are zero.
struct Sparse {
  std::vector<std::uint32_t> indices;  ///< [k] into the flat vector, strictly ascending
  std::vector<float> values;           ///< [k]
  ValueFormat format = ValueFormat::float32;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(indices, values, format);
  }
  friend bool operator==(const Sparse&, const Sparse&) = default;
};

/// Number of writable entries that must follow a sum in memory, for speed (SparseBlocks).
inline constexpr std::size_t overrun = 4;

/// Adds a sparse vector to a dense one block by block.
class SparseBlocks {
 public:
  explicit SparseBlocks(const Sparse& sparse);
  /// sum <- sum + entries [begin, begin + sum.size()). Call in ascending order of `begin`.
  /// Precondition: `overrun` writable entries follow `sum` in memory, which may be overwritten.
  void add_to(std::span<float> sum, std::size_t begin);

 private:
  void prefetch_next() const;

  const Sparse* sparse_;
  std::size_t next_ = 0;  ///< next entry
};

[[nodiscard]] std::int64_t values_in(const Sparse& sparse);
/// The bits of each value in its format; the papers that send such messages do not count positions.
[[nodiscard]] Bits payload_bits(const Sparse& sparse);
[[nodiscard]] Bytes stored_bytes(const Sparse& sparse);
/// v <- v - sparse.   v: [d]
void subtract_from(const Sparse& sparse, std::span<float> v);
/// v <- v + sparse.   v: [d]
void add_to(const Sparse& sparse, std::span<float> v);

}  // namespace gradwire::algorithms
