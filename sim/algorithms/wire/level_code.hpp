#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "sim/algorithms/messages/quantized.hpp"
#include "sim/algorithms/wire/bits.hpp"
#include "sim/algorithms/wire/encodings.hpp"

namespace gradwire::algorithms {

// Codes of the levels of a quantised vector, whose entries are in [-s, s].

/// Fixed width: per entry the sign, and the magnitude in ceil(log2(s + 1)) bits.
void write_fixed(BitWriter& writer, int s, std::span<const std::int16_t> levels);
/// Throws InputError for a magnitude above s, or a negative zero.
void read_fixed(BitReader& reader, int s, std::span<std::int16_t> levels);

/// Length of the Elias omega code of n >= 1.
[[nodiscard]] constexpr int omega_bits(std::uint64_t n) {
  int bits = 1;
  for (; n > 1; n = static_cast<std::uint64_t>(std::bit_width(n) - 1)) {
    bits += static_cast<int>(std::bit_width(n));
  }
  return bits;
}
void write_omega(BitWriter& writer, std::uint32_t n);
/// Throws InputError for a number above 2^32 - 1.
[[nodiscard]] std::uint32_t read_omega(BitReader& reader);

/// Elias code of one bucket (QSGD, arXiv 1610.02132, section 3.1): for each non-zero level the
/// omega code of the distance from the one before, the sign, and the omega code of the magnitude.
/// After the last one, unless it is the bucket's last entry, the distance to the bucket's end. (The
/// paper does not say how a decoder finds the end.) Nothing for a bucket whose scale is 0.
void write_elias(BitWriter& writer, float scale, std::span<const std::int16_t> bucket);
void read_elias(BitReader& reader, int s, float scale, std::span<std::int16_t> bucket);
/// The number of bits that write_elias() writes.
[[nodiscard]] std::int64_t elias_bits(float scale, std::span<const std::int16_t> bucket);

/// Bits of all levels of a message.
[[nodiscard]] std::int64_t level_bits(const Quantized& quantized, LevelCoding coding);

}  // namespace gradwire::algorithms
