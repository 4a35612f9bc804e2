#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gradwire {

// Extraction of the large entries of a vector, by comparison or from marks computed before (one bit
// per entry). Optimised for few such entries. SIMD by run-time dispatch.

/// Bits per word of marks.
inline constexpr std::size_t word_of_marks = 64;

/// Entries written at a time, whether or not there are so many.
inline constexpr std::size_t write_width = 16;

/// Output of an extraction. positions and values must have space for `write_width` entries more
/// than are extracted.
struct Compacted {
  std::uint32_t* positions;
  float* values;
  std::size_t count = 0;
};

/// Appends, ascending, the i in [begin, end) for which |v_i|, as an integer, is above `above`.
void compact_above(std::span<const float> v, std::size_t begin, std::size_t end, std::int32_t above,
                   Compacted& out);

/// Appends, ascending, the marked positions. `begin`: the position of bit 0 of the first word.
void compact_marked(std::span<const std::uint64_t> marks, std::span<const float> v,
                    std::size_t begin, Compacted& out);

/// Writes, ascending, the marked positions; returns their number. `begin`: the position of bit 0 of
/// the first word. positions must have space for `write_width` more than are marked.
std::size_t write_marked(std::span<const std::uint64_t> marks, std::size_t begin,
                         std::uint32_t* positions);

}  // namespace gradwire
