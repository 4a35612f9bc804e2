#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/kernels/random_bits.hpp"

namespace gradwire {

/// Appends to `indices`, ascending, `offset` + k of the positions 0 .. n - 1, drawn without
/// replacement: every set of k positions has the same probability, to 2^-32 per draw. A function of
/// (key, n, k) alone, on every machine. O(n/64 + min(k, n - k)) time and, per thread, n/8 bytes of
/// memory.   0 <= k <= n <= 2^32 - offset
void sample_without_replacement(const RandomKey& key, std::size_t n, std::size_t k,
                                std::vector<std::uint32_t>& indices, std::uint32_t offset = 0);

}  // namespace gradwire
