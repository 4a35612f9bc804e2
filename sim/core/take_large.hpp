#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gradwire {

// Which entries of a vector are large, by looking or by marks that somebody has left, a bit an
// entry. Few are. SIMD by run-time dispatch.

/// Bits of a word of marks.
inline constexpr std::size_t word_of_marks = 64;

/// Taken without asking whether there are so many.
inline constexpr std::size_t taken_together = 16;

/// Where entries go, and how many there are. There must be room for `taken_together` more.
struct Taken {
  std::uint32_t* positions;
  float* values;
  std::size_t count = 0;
};

/// Takes, ascending, the i in [begin, end) for which |v_i|, as an integer, is above `above`.
void take_above(std::span<const float> v, std::size_t begin, std::size_t end, std::int32_t above,
                Taken& taken);

/// Takes, ascending, those from `begin` on that are marked. `begin` is where the first word begins.
void take_marked(std::span<const std::uint64_t> marks, std::span<const float> v, std::size_t begin,
                 Taken& taken);

}  // namespace gradwire
