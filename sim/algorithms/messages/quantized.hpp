#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// A vector cut into buckets; each value is a whole level times its bucket's scale.
struct Quantized {
  std::int16_t most_level = 1;       ///< s: levels are in [-s, s]
  bool odd_levels = false;           ///< levels and s are odd numbers, so that none is 0
  std::vector<std::uint32_t> ends;   ///< [L], ascending; the end of each bucket in the flat vector
  std::vector<float> scales;         ///< [L]; empty: 1
  std::vector<std::int16_t> levels;  ///< [d]
  template <class Archive>
  void serialize(Archive& archive) {
    archive(most_level, odd_levels, ends, scales, levels);
  }
  friend bool operator==(const Quantized&, const Quantized&) = default;

  [[nodiscard]] float scale(std::size_t bucket) const {
    return scales.empty() ? 1.0F : scales[bucket];
  }
};

/// Adds a quantised vector to a dense one block by block.
class QuantizedBlocks {
 public:
  explicit QuantizedBlocks(const Quantized& quantized) : quantized_(&quantized) {}
  /// sum <- sum + entries [begin, begin + sum.size()), each level times its scale, rounded, and the
  /// sum rounded. Call in ascending order of `begin`.
  void add_to(std::span<float> sum, std::size_t begin);

 private:
  const Quantized* quantized_;
  std::size_t bucket_ = 0;  ///< that of the next entry
};

/// Bits of one level in a code of fixed width: the sign, and the magnitude in ceil(log2(s + 1));
/// of odd levels ceil(log2(s + 1)), the number of those.
[[nodiscard]] int fixed_width(int s, bool odd_levels);

[[nodiscard]] std::int64_t values_in(const Quantized& quantized);
/// 32 bits per scale, and the levels in a code of fixed width (QSGD, arXiv 1610.02132; LAQ, arXiv
/// 1909.07588).
[[nodiscard]] Bits payload_bits(const Quantized& quantized);
[[nodiscard]] Bytes stored_bytes(const Quantized& quantized);
/// v <- v - quantized.   v: [d]
void subtract_from(const Quantized& quantized, std::span<float> v);
/// v <- v + quantized.   v: [d]
void add_to(const Quantized& quantized, std::span<float> v);

}  // namespace gradwire::algorithms
