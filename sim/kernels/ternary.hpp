#pragma once

#include <cstdint>
#include <span>

#include "sim/kernels/random_bits.hpp"

namespace gradwire {

// Ternary levels, and what their scale depends on. SIMD by run-time dispatch; every result is
// bit-identical for all vector widths.

/// Sums in double precision, of 16 lanes in a fixed order.
struct Moments {
  double sum = 0.0;
  double sum_of_squares = 0.0;
  float largest = 0.0F;  ///< max |v_i|; NaN if v contains one
  friend bool operator==(const Moments&, const Moments&) = default;
};
[[nodiscard]] Moments moments(std::span<const float> v);

/// The random levels of TernGrad (Wen et al., arXiv 1705.07878): levels_i = sign(v_i) with
/// probability min(|v_i|, most) / scale, else 0. In single precision, where b_i is the number of
/// the first 30 bits of draw first + i (mod 2^32) of the key:
///   f = 2^30 / scale;   levels_i = sign(v_i) if b_i < floor(min(|v_i| f, most f, 2^30)), else 0.
/// So scale E levels_i is min(|v_i|, most) to 2^-30 scale and, by the roundings of f and the
/// product, 2^-23 |v_i|. An infinite f, from a scale of 0 or near 0, counts as 0, as does one that
/// is NaN. The level of NaN is 0.   0 <= most <= scale
void ternary_levels(std::span<const float> v, float most, float scale, const RandomKey& key,
                    std::uint32_t first, std::span<std::int16_t> levels);

/// sum_i <- sum_i + levels_i. Precondition: no overflow.
void add_levels(std::span<const std::int16_t> levels, std::span<std::int16_t> sum);

}  // namespace gradwire
