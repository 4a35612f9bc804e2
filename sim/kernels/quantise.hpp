#pragma once

#include <cstdint>
#include <span>

#include "sim/kernels/random_bits.hpp"

namespace gradwire {

// Stochastic quantisation to levels -s .. s. SIMD by run-time dispatch; every result is
// bit-identical for all vector widths.

/// The largest s.
inline constexpr int most_levels = 32767;

/// The randomised levels of QSGD (Alistarh et al., arXiv 1610.02132, eq. 4):
///   levels_i = sign(v_i) xi_i,   xi_i = l or l + 1,   P(xi_i = l + 1) = r_i - l,
/// with r_i = s |v_i| / norm and l = floor(r_i). In single precision, where b_i is the number of
/// the first 31 bits of draw first + i (mod 2^32) of the key:
///   f = s / norm;   r_i = min(|v_i| f, s);   xi_i = l + 1 if b_i < floor(2^31 (r_i - l)), else l.
/// r_i - l and its product with 2^31 are exact, so that E xi_i is r_i to 2^-31, and E levels_i
/// norm / s is v_i to 2^-31 norm / s and, by the roundings of f and r_i, 2^-23 |v_i|. (floor(r_i +
/// u) with u uniform in [0, 1) would have a bias: near r_i = 10^4 the sum is rounded to a multiple
/// of 2^-10, so that an integer r_i would be raised with probability 2^-11.) An infinite f, from a
/// norm of 0 or near 0, counts as 0, as does one that is NaN. The level of NaN is 0; no level is
/// outside -s .. s.   1 <= s <= most_levels, norm >= 0
void quantise(std::span<const float> v, float norm, int s, const RandomKey& key,
              std::uint32_t first, std::span<std::int16_t> levels);

/// y_i <- y_i + scale levels_i, rounded after the product and after the sum (no fused
/// multiply-add).
void dequantise_add(std::span<const std::int16_t> levels, float scale, std::span<float> y);
/// y_i <- y_i - scale levels_i, rounded in the same way.
void dequantise_subtract(std::span<const std::int16_t> levels, float scale, std::span<float> y);

}  // namespace gradwire
