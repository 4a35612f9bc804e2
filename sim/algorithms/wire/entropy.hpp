#pragma once

#include <cstdint>
#include <span>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/messages/signs.hpp"

namespace gradwire::algorithms {

// Lower bounds of what an encoding needs, rounded up to whole bits: beside the sizes of the
// encodings, to show what a better one could gain. No encoding here has them.

/// Positions of `kept` entries among `size` that are drawn uniformly, for each block:
/// log2 binomial(size, kept).
[[nodiscard]] std::int64_t entropy_of_positions(std::span<const Block> blocks);
/// Levels that are drawn independently, each with the frequency that it has in the message:
/// d H(frequencies). Levels that come in runs can be encoded in less.
/// levels in -s .. s.
[[nodiscard]] std::int64_t entropy_of_levels(std::span<const std::int16_t> levels, int s);
/// The same, of how often each level occurs.
[[nodiscard]] std::int64_t entropy_of_levels(std::span<const std::uint32_t> counts);
[[nodiscard]] std::int64_t entropy_of_signs(const Signs& signs);

}  // namespace gradwire::algorithms
