#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// A vector cut into buckets, in each of which a bit selects one of two values.
struct Signs {
  std::vector<std::uint32_t> ends;  ///< [L], ascending; the end of each bucket in the flat vector
  std::vector<float> scales;        ///< [L] the value where the bit is not set; empty: 1
  /// [L] the value where the bit is set (1-bit SGD); empty: that of `scales` with a minus.
  std::vector<float> negative_values = {};
  /// [d] bits: set where the value is negative. Bit i mod 8 of byte i / 8 of its bucket; each
  /// bucket starts at a new byte.
  std::vector<std::uint8_t> negative;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(ends, scales, negative_values, negative);
  }
  friend bool operator==(const Signs&, const Signs&) = default;

  [[nodiscard]] float positive(std::size_t bucket) const {
    return scales.empty() ? 1.0F : scales[bucket];
  }
  [[nodiscard]] float negative_of(std::size_t bucket) const {
    return negative_values.empty() ? -positive(bucket) : negative_values[bucket];
  }
  /// Number of floats that are sent.
  [[nodiscard]] std::size_t floats() const { return scales.size() + negative_values.size(); }
};

/// Adds a vector of signs to a dense one block by block.
class SignsBlocks {
 public:
  explicit SignsBlocks(const Signs& signs) : signs_(&signs) {}
  /// sum <- sum + entries [begin, begin + sum.size()). Call in ascending order of `begin`.
  void add_to(std::span<float> sum, std::size_t begin);

 private:
  const Signs* signs_;
  std::size_t bucket_ = 0;        ///< that of the next entry
  std::size_t bucket_begin_ = 0;  ///< its first entry in the flat vector
  std::size_t first_byte_ = 0;    ///< its first byte
};

[[nodiscard]] std::int64_t values_in(const Signs& signs);
/// 1 bit per value and 32 per float: none per bucket (signSGD, arXiv 1802.04434), one (EF-signSGD,
/// arXiv 1901.09847) or two (1-bit SGD).
[[nodiscard]] Bits payload_bits(const Signs& signs);
[[nodiscard]] Bytes stored_bytes(const Signs& signs);
/// v <- v - signs.   v: [d]
void subtract_from(const Signs& signs, std::span<float> v);
/// v <- v + signs.   v: [d]
void add_to(const Signs& signs, std::span<float> v);

}  // namespace gradwire::algorithms
