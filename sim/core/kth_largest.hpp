#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gradwire {

// Ranks of magnitudes. A magnitude is |x| as an integer, which is ordered as |x| is; NaN is above
// infinity. SIMD by run-time dispatch.

[[nodiscard]] inline std::int32_t magnitude_of(float x) {
  return std::bit_cast<std::int32_t>(x) & 0x7fffffff;
}

/// The smallest of the k largest, and how many of those are equal to it.
struct KthLargest {
  std::int32_t value;
  std::size_t equals;
};

/// Of the magnitudes m, 1 <= k <= m.size(). Scrambles m. None is below or at `low`; it is quickest
/// where the result is little above that.
[[nodiscard]] KthLargest kth_largest(std::span<std::int32_t> m, std::size_t k,
                                     std::int32_t low = -1);

/// Moves to the front, in their order, the k entries of largest magnitude, of equal ones the first;
/// returns the smallest of these magnitudes. `low`: as above.
/// positions, values, scratch: [n], 1 <= k <= n
std::int32_t keep_largest(std::span<std::uint32_t> positions, std::span<float> values,
                          std::size_t k, std::int32_t low, std::span<std::int32_t> scratch);

}  // namespace gradwire
