#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gradwire::algorithms {

/// Blocks up to this: gap + m stays below 2^24, where quotients in single precision, rounded down,
/// are exact, since no gap / m is nearer than 1 / m to the next whole number.
inline constexpr std::size_t largest_block_counted = std::size_t{1} << 23;

/// The bits that gap i takes with parameter m_i in the code of golomb.hpp, summed; at most 2^20
/// gaps, of a block up to the largest that can be counted. `plain_width`: of an escaped gap.
[[nodiscard]] std::int64_t coded_bits(std::span<const std::int32_t> gaps,
                                      std::span<const std::int32_t> m, int plain_width);

}  // namespace gradwire::algorithms
