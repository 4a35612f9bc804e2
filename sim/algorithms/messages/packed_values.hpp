#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/algorithms/messages/value_format.hpp"

namespace gradwire::algorithms {

/// Values whose codes fill whole bytes in every format: value_bits() bytes.
inline constexpr std::size_t packed_together = 8;

/// How many of n values can be packed.
[[nodiscard]] constexpr std::size_t in_packs(std::size_t n) { return n - n % packed_together; }

/// Appends the codes of the values, each from its lowest bit on. Precondition: a multiple of
/// packed_together values. Throws as code_of().
void pack_values(std::span<const float> values, ValueFormat format,
                 std::vector<std::uint8_t>& bytes);

/// The inverse.   bytes: value_bits() / 8 per value
void unpack_values(std::span<const std::uint8_t> bytes, ValueFormat format,
                   std::span<float> values);

}  // namespace gradwire::algorithms
