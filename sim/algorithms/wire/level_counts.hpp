#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gradwire::algorithms {

/// How often each level of -s .. s occurs: [level + s].
/// levels in -s .. s
[[nodiscard]] std::vector<std::uint32_t> level_counts(std::span<const std::int16_t> levels, int s);

}  // namespace gradwire::algorithms
