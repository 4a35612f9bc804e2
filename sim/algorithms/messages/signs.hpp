#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// A vector cut into buckets; each value is its bucket's scale with a sign.
struct Signs {
  std::vector<std::uint32_t> ends;  ///< [L], ascending; the end of each bucket in the flat vector
  std::vector<float> scales;        ///< [L]
  /// [d] bits: set where the value is negative. Bit i mod 8 of byte i / 8 of its bucket; each
  /// bucket starts at a new byte.
  std::vector<std::uint8_t> negative;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(ends, scales, negative);
  }
  friend bool operator==(const Signs&, const Signs&) = default;
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
/// 1 bit per value and 32 per bucket (EF-signSGD, arXiv 1901.09847).
[[nodiscard]] Bits payload_bits(const Signs& signs);
[[nodiscard]] Bytes stored_bytes(const Signs& signs);
/// v <- v - signs.   v: [d]
void subtract_from(const Signs& signs, std::span<float> v);
/// v <- v + signs.   v: [d]
void add_to(const Signs& signs, std::span<float> v);

}  // namespace gradwire::algorithms
