#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/algorithms/wire/bits.hpp"

namespace gradwire::algorithms {

/// The levels that a message can have: -s .. s, or the odd ones of them.
struct LevelAlphabet {
  int s = 1;         ///< odd, if the levels are
  bool odd = false;  ///< Quantized::odd_levels
  [[nodiscard]] int step() const { return odd ? 2 : 1; }
};

// Vector source code of all levels of a message: their frequencies, then the positions of each as
// Golomb-coded runs. For levels in random order it comes near their entropy (entropy_of_levels) as
// soon as the message is long against the number of its levels; for levels in runs it can be below.
// In messages of about a hundred entries the frequencies make it as long as the Elias code.
//
// Inferred from the abstracts of MALCOM-PSGD (arXiv 2311.05760) and of Woldemariam et al. (arXiv
// 2309.05633): frequencies and supports of the symbols, the supports as Golomb-coded run lengths.
// It is not those papers' formula, which was not available.
//
//   header    the Elias omega code of n_a + 1 for each level a of the alphabet in ascending order,
//             where n_a entries have the level a
//   supports  of the levels that occur, most frequent first, equally frequent ones in ascending
//             order, without the last one. Of the N positions left, k have the level a. The entries
//             of the rarer of {a, not a} (of a, if it fills half) are coded by their gaps: each is
//             the number of the other entries before it, since the one before. Gaps are divided by
//               m = max(1, ceil(ln(2 - p) / -ln(1 - p))),   p the share of the rarer one in N
//             (Gallager and van Voorhis 1975): quotient in unary (ones, then a zero), remainder in
//             truncated binary. Then the positions that have a are dropped.
//
// Nothing for a message without entries.

/// levels: of the alphabet
void write_vector_source(BitWriter& writer, LevelAlphabet alphabet,
                         std::span<const std::int16_t> levels);
/// Throws InputError for frequencies of another number of entries, or a run that is too long.
void read_vector_source(BitReader& reader, LevelAlphabet alphabet, std::span<std::int16_t> levels);
/// The number of bits that write_vector_source() writes.
/// counts: level_counts() of the levels
[[nodiscard]] std::int64_t vector_source_bits(LevelAlphabet alphabet,
                                              std::span<const std::int16_t> levels,
                                              std::span<const std::uint32_t> counts);

}  // namespace gradwire::algorithms
