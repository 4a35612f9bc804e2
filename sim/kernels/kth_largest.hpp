#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gradwire {

// Ranks of magnitudes. A magnitude is the bit pattern of |x| as an integer, which has the order of
// |x|; NaN is above infinity. SIMD by run-time dispatch.

[[nodiscard]] inline std::int32_t magnitude_of(float x) {
  return std::bit_cast<std::int32_t>(x) & 0x7fffffff;
}

/// The smallest of the k largest magnitudes, and how many of these k are equal to it.
struct KthLargest {
  std::int32_t value;
  std::size_t equals;
};

/// m: magnitudes, all above `low`; overwritten. 1 <= k <= m.size(). Fastest where the result is
/// little above `low`.
[[nodiscard]] KthLargest kth_largest(std::span<std::int32_t> m, std::size_t k,
                                     std::int32_t low = -1);

/// Moves the k entries of largest magnitude to the front, in their order; of equal magnitudes the
/// first. Returns the smallest of these magnitudes. All magnitudes are above `low`.
/// positions, values, scratch: [n], 1 <= k <= n
std::int32_t keep_largest(std::span<std::uint32_t> positions, std::span<float> values,
                          std::size_t k, std::int32_t low, std::span<std::int32_t> scratch);

}  // namespace gradwire
