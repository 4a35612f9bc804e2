#pragma once

#include <cstddef>

namespace gradwire {

/// A line of the cache, in bytes.
inline constexpr std::size_t line_bytes = 64;

/// The level of the cache to which memory is brought that will be wanted soon.
enum class CacheLevel { first = 3, second = 2 };  // as __builtin_prefetch counts

/// Asks for `bytes` from `begin` on, a line each line_bytes, and does not wait. They may lie where
/// no memory is. Inlined always: GCC takes a function of nothing but this for one without effect,
/// and drops its calls.
template <CacheLevel level>
[[gnu::always_inline]] inline void ask_for(const void* begin, std::size_t bytes) {
  const auto* const first = static_cast<const std::byte*>(begin);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < bytes; i += line_bytes) {
    __builtin_prefetch(first + i, 0, static_cast<int>(level));
  }
}

}  // namespace gradwire
