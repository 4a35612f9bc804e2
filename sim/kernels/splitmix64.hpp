#pragma once

#include <cstdint>

namespace gradwire {

/// The next number of splitmix64 (Steele, Lea, Flood 2014), which expands one 64-bit number into a
/// sequence; every bit of `state` affects every bit of the result.
inline std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

}  // namespace gradwire
