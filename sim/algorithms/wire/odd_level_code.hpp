#pragma once

#include <cstdint>
#include <span>

#include "sim/algorithms/wire/bits.hpp"
#include "sim/algorithms/wire/encodings.hpp"

namespace gradwire::algorithms {

// Codes of one bucket of odd levels -s, -s + 2, ..., s (Quantized::odd_levels).
//   fixed  per entry (level + s) / 2 in ceil(log2(s + 1)) bits
//   elias  per entry the sign, and the omega code of (|level| + 1) / 2; nothing for a bucket whose
//          scale is 0, whose levels are all 1

void write_odd_levels(BitWriter& writer, LevelCoding coding, int s, float scale,
                      std::span<const std::int16_t> bucket);
/// Throws InputError for a level above s.
void read_odd_levels(BitReader& reader, LevelCoding coding, int s, float scale,
                     std::span<std::int16_t> bucket);
/// The number of bits that write_odd_levels() writes.
[[nodiscard]] std::int64_t odd_level_bits(LevelCoding coding, int s, float scale,
                                          std::span<const std::int16_t> bucket);

}  // namespace gradwire::algorithms
