#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "sim/algorithms/messages/quantized.hpp"
#include "sim/algorithms/messages/signs.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// Some entries of a vector, quantised or as signs; the others are zero.
struct CodedSparse {
  std::vector<std::uint32_t> indices;     ///< [k] into the flat vector, strictly ascending
  std::variant<Quantized, Signs> values;  ///< of a vector [k]: the kept entries
  template <class Archive>
  void serialize(Archive& archive) {
    archive(indices, values);
  }
  friend bool operator==(const CodedSparse&, const CodedSparse&) = default;
};

/// Adds such a vector to a dense one block by block.
class CodedSparseBlocks {
 public:
  explicit CodedSparseBlocks(const CodedSparse& sparse);
  /// sum <- sum + entries [begin, begin + sum.size()), each value rounded, and the sum rounded.
  /// Call in ascending order of `begin`.
  void add_to(std::span<float> sum, std::size_t begin);

 private:
  const CodedSparse* sparse_;
  std::vector<float> values_;  ///< [k]
  std::size_t next_ = 0;       ///< next entry
};

/// k.
[[nodiscard]] std::int64_t values_in(const CodedSparse& sparse);
/// That of the k values; as in a sparse message, positions are not counted.
[[nodiscard]] Bits payload_bits(const CodedSparse& sparse);
[[nodiscard]] Bytes stored_bytes(const CodedSparse& sparse);
/// v <- v - sparse.   v: [d]
void subtract_from(const CodedSparse& sparse, std::span<float> v);
/// v <- v + sparse.   v: [d]
void add_to(const CodedSparse& sparse, std::span<float> v);

}  // namespace gradwire::algorithms
