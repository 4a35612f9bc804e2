#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gradwire {

// Vectors of signs, one bit per entry: bit i mod 8 of byte i / 8 is set if entry i is negative.
// SIMD by run-time dispatch; every result is bit-identical for all vector widths.

/// Bytes that hold the signs of n entries.
[[nodiscard]] constexpr std::size_t bytes_of_signs(std::size_t n) { return (n + 7) / 8; }

/// Bit i <- whether v_i < 0; both zeros and NaN count as positive. The bits after the last entry
/// are 0.   bits: [bytes_of_signs(v.size())]
void pack_signs(std::span<const float> v, std::span<std::uint8_t> bits);

/// pack_signs(), and v_i <- -1 where bit i is set, +1 elsewhere.
void take_signs(std::span<float> v, std::span<std::uint8_t> bits);

/// y_i <- y_i + negative where bit i is set, and y_i + positive elsewhere.
/// bits: [bytes_of_signs(y.size())]
void add_selected(std::span<const std::uint8_t> bits, float positive, float negative,
                  std::span<float> y);
/// y_i <- y_i - scale where bit i is set, and y_i + scale elsewhere.
/// bits: [bytes_of_signs(y.size())]
void add_signed(std::span<const std::uint8_t> bits, float scale, std::span<float> y);
/// y_i <- y_i + scale where bit i is set, and y_i - scale elsewhere.
void subtract_signed(std::span<const std::uint8_t> bits, float scale, std::span<float> y);

}  // namespace gradwire
