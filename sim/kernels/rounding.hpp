#pragma once

#include <cstdint>
#include <span>

#include "sim/kernels/random_bits.hpp"

namespace gradwire {

// Rounding of floats to those that a shorter format holds. SIMD by run-time dispatch; every result
// is bit-identical for all vector widths. `out` may be v itself.

/// To the nearest number of IEEE 754 binary16, of two the one with an even last digit; subnormal
/// ones included. Finite numbers beyond the largest, 65504, become it. Infinities stay, and so does
/// NaN, as 0x7fc00000 with its sign.
void round_to_float16(std::span<const float> v, std::span<float> out);

/// The same for bfloat16: the first 16 bits of a float. Largest: 0x7f7f0000.
void round_to_bfloat16(std::span<const float> v, std::span<float> out);

/// To one of the two nearest powers of two, at random: natural compression (Horvath et al., arXiv
/// 1905.10988). With |v_i| = 2^e (1 + p), 0 <= p < 1, out_i is sign(v_i) 2^(e+1) with probability p
/// and sign(v_i) 2^e otherwise, so that E out = v exactly and E||out - v||^2 = sum 4^e p (1 - p) <=
/// ||v||^2 / 8. Below 2^-126, the smallest power whose sign and exponent are a float, the
/// neighbours are 0 and 2^-126: unbiased, but without that bound. Above 2^127, the largest, out_i
/// is 2^127. Infinities stay; NaN becomes one of its sign. Draw first + i (mod 2^32) of the key is
/// entry i's: up if its first 23 bits and the 23 bits of p have a sum of 2^23 or more.
void round_to_powers_of_two(std::span<const float> v, const RandomKey& key, std::uint32_t first,
                            std::span<float> out);

}  // namespace gradwire
