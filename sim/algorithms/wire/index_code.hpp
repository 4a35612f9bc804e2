#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/wire/bits.hpp"
#include "sim/algorithms/wire/golomb.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

// Writers and readers of the indices in the formats of WireFormat. Indices are into the flat
// vector, strictly ascending, k_l in each block; a precondition of the writers, checked by the
// readers.

using Indices = std::span<const std::uint32_t>;

/// ceil(log2 n): bits of an index in [0, n), n >= 1.
[[nodiscard]] inline int index_width(std::size_t n) {
  return static_cast<int>(std::bit_width(n - 1));
}

/// Width in bits of an index into d entries, if all indices have the same.
[[nodiscard]] inline int equal_width(IndexCoding coding, std::size_t d) {
  if (coding == IndexCoding::int64) return 64;
  return coding == IndexCoding::int32 ? 32 : index_width(d);
}

/// Width in bits of an entry count, where the receiver cannot derive it.
inline constexpr int count_width = 32;

/// Whether each block is a tensor, and each tensor that is not empty a block.
[[nodiscard]] bool are_tensors(std::span<const Block> blocks, const Layout& layout);

/// Removes the indices of `block`, the first of `rest`, and returns them.
inline Indices take_block(const Block& block, Indices& rest) {
  const Indices taken = rest.first(std::min(block.kept, rest.size()));
  rest = rest.subspan(taken.size());
  return taken;
}

/// One bit per entry.
void write_bitmap(BitWriter& writer, std::size_t d, Indices indices);
/// `width` bits per index, up to 64.
void write_plain(BitWriter& writer, int width, Indices indices);
/// Each index relative to its tensor, in ceil(log2 d_l) bits.
void write_in_tensor(BitWriter& writer, std::span<const Block> tensors, Indices indices);

/// Collects and checks the indices of a received message.
class CheckedIndices {
 public:
  explicit CheckedIndices(std::size_t k) { indices_.reserve(k); }

  /// Appends the next index; throws InputError unless it is in its block and above the previous
  /// one.
  void add(std::uint64_t index, const Block& block, const BitReader& reader);
  [[nodiscard]] std::size_t size() const { return indices_.size(); }
  [[nodiscard]] std::uint32_t last() const { return indices_.back(); }
  [[nodiscard]] std::vector<std::uint32_t> take() && { return std::move(indices_); }

 private:
  std::vector<std::uint32_t> indices_;
};

void read_gaps(BitReader& reader, const Block& block, CheckedIndices& indices);
void read_bitmap(BitReader& reader, const Block& block, CheckedIndices& indices);
void read_plain(BitReader& reader, int width, const Block& block, CheckedIndices& indices);
void read_in_tensor(BitReader& reader, const Block& tensor, CheckedIndices& indices);
/// Reads no bits: takes the block's indices from `support`.
void copy_block(const BitReader& reader, const Block& block, Indices& support,
                CheckedIndices& indices);

}  // namespace gradwire::algorithms
