#pragma once

#include <cstddef>

namespace gradwire {

/// Size of a cache line in bytes.
inline constexpr std::size_t line_bytes = 64;

/// The cache level to prefetch into.
enum class CacheLevel { first = 3, second = 2 };  // the locality argument of __builtin_prefetch

/// Prefetches `bytes` from `begin` on, one line per line_bytes, without blocking. The addresses
/// need not be mapped. Always inlined: GCC considers a function that only prefetches to have no
/// effect, and removes calls to it.
template <CacheLevel level>
[[gnu::always_inline]] inline void prefetch(const void* begin, std::size_t bytes) {
  const auto* const first = static_cast<const std::byte*>(begin);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < bytes; i += line_bytes) {
    __builtin_prefetch(first + i, 0, static_cast<int>(level));
  }
}

}  // namespace gradwire
