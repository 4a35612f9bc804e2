#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

#include "sim/core/layout.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::bench {

// Entries of two models.
inline constexpr std::int64_t fc_784_512_10 = 407050;
inline constexpr std::int64_t resnet18 = 11173962;

inline Vector normal_vector(std::int64_t d, std::uint64_t seed) {
  RandomStream random = stream(seed, "bench");
  Vector v(static_cast<std::size_t>(d));
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

inline void count_bytes(benchmark::State& state, std::int64_t floats_an_iteration) {
  state.SetBytesProcessed(state.iterations() * floats_an_iteration * 4);
}

/// A single tensor: the worst case for the cache.
inline Layout one_tensor(std::int64_t d) {
  Layout layout;
  layout.add("0.weight", {d});
  return layout;
}

}  // namespace gradwire::bench
