#pragma once

#include <cstdint>
#include <span>

namespace gradwire {

// Deterministic rounding to a grid without zero. SIMD by run-time dispatch; every result is
// bit-identical for all vector widths.

/// The odd numbers -s, -s + 2, ..., s that stand nearest to r_i = v_i s / largest:
///   levels_i = 2 floor((r_i + s + 1) / 2) - s,   within -s .. s.
/// In single precision, with f = s / largest rounded once: r_i = v_i f. Halfway cases are rounded
/// up. An f that is not finite (largest is 0 or near 0, or NaN) counts as 0, and a product that is
/// NaN too; the level of 0 is 1.   s: odd, at most most_levels (quantise.hpp)
void round_to_odd_levels(std::span<const float> v, float largest, int s,
                         std::span<std::int16_t> levels);

}  // namespace gradwire
