#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace gradwire {

// Counter-based random numbers (Salmon et al. 2011): draw i of a key is a pure function of key and
// i, so that draws need no order. Integer arithmetic only: the same draws on every processor and
// for all vector widths.

/// Selects one sequence of draws; see random_key().
struct RandomKey {
  std::array<std::uint32_t, 3> words{};
  friend bool operator==(const RandomKey&, const RandomKey&) = default;
};

/// The key of a 64-bit number: its first 96 bits of splitmix64. Numbers that differ in one bit give
/// unrelated keys.
[[nodiscard]] RandomKey random_key(std::uint64_t hash);

/// Constants of the hash: triple32 of Chris Wellons (2018, repository skeeto/hash-prospector), to
/// which the words of the key are added.
struct RandomRounds {
  static constexpr int shifts[3] = {17, 11, 15};
  static constexpr std::uint32_t factors[3] = {0xed5ad4bb, 0xac4c1b51, 0x31848bab};
  static constexpr int last_shift = 14;
};

/// Draw `counter` of the key, uniform over all 32-bit numbers:
///   x <- counter
///   for each word w of the key, with the shift a and the odd factor c of its round:
///     x <- x + w;   x <- x xor (x >> a);   x <- x c        (mod 2^32)
///   x xor (x >> 14)
/// For one key this is a permutation: two counters never have the same draw.
[[nodiscard]] inline std::uint32_t random_bits(const RandomKey& key, std::uint32_t counter) {
  std::uint32_t x = counter;
  for (std::size_t round = 0; round < key.words.size(); ++round) {
    x += key.words[round];
    x ^= x >> RandomRounds::shifts[round];
    x *= RandomRounds::factors[round];
  }
  return x ^ (x >> RandomRounds::last_shift);
}

/// out_i <- draw first + i (mod 2^32). SIMD by run-time dispatch.
void random_bits(const RandomKey& key, std::uint32_t first, std::span<std::uint32_t> out);

}  // namespace gradwire
