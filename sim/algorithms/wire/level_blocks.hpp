#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gradwire::algorithms {

/// Most levels of a message are equal: they are compared by blocks of this size.
inline constexpr std::size_t level_block = 16;

/// Whether the `level_block` levels from `levels` on are all `level`.
inline bool are_all(const std::int16_t* levels, std::int16_t level) {
  std::array<std::uint64_t, level_block * sizeof(std::int16_t) / sizeof(std::uint64_t)> words;
  std::memcpy(words.data(), levels, sizeof words);
  const std::uint64_t four =
      std::uint64_t{0x0001'0001'0001'0001} * static_cast<std::uint16_t>(level);
  return ((words[0] ^ four) | (words[1] ^ four) | (words[2] ^ four) | (words[3] ^ four)) == 0;
}

}  // namespace gradwire::algorithms
