#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/largest.hpp"
#include "sim/kernels/odd_levels.hpp"
#include "sim/kernels/quantise.hpp"
#include "sim/kernels/random_bits.hpp"
#include "sim/kernels/sampling.hpp"
#include "sim/kernels/signs.hpp"
#include "sim/kernels/vector.hpp"
#include "tests/bench/vectors.hpp"

namespace gradwire::bench {
namespace {

/// Reference for memory bandwidth: one vector read, one read and written.
void yardstick_read_and_write(benchmark::State& state) {
  const Vector x = normal_vector(state.range(0), 1);
  Vector y = normal_vector(state.range(0), 2);
  for (auto _ : state) {
    subtract(x, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 3 * state.range(0));
}
BENCHMARK(yardstick_read_and_write)->Arg(fc_784_512_10)->Arg(resnet18);

/// Reference for a selection, which reads at least one vector.
void yardstick_read(benchmark::State& state) {
  const Vector x = normal_vector(state.range(0), 1);
  for (auto _ : state) benchmark::DoNotOptimize(all_finite(x));
  count_bytes(state, state.range(0));
}
BENCHMARK(yardstick_read)->Arg(fc_784_512_10)->Arg(resnet18);

void add_scaled_to(benchmark::State& state) {
  const Vector x = normal_vector(state.range(0), 1);
  Vector y = normal_vector(state.range(0), 2);
  for (auto _ : state) {
    add_scaled(1e-9F, x, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 3 * state.range(0));
}
BENCHMARK(add_scaled_to)->Arg(fc_784_512_10)->Arg(resnet18);

void squared_distance_of(benchmark::State& state) {
  const Vector a = normal_vector(state.range(0), 1);
  const Vector b = normal_vector(state.range(0), 2);
  for (auto _ : state) benchmark::DoNotOptimize(squared_distance(a, b));
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(squared_distance_of)->Arg(fc_784_512_10)->Arg(resnet18);

void select_top_percent(benchmark::State& state) {
  const Vector v = normal_vector(state.range(0), 1);
  std::vector<std::uint32_t> indices;
  for (auto _ : state) {
    indices.clear();
    select_largest(v, v.size() / 100, 0, indices);
    benchmark::DoNotOptimize(indices.data());
  }
  count_bytes(state, state.range(0));
}
BENCHMARK(select_top_percent)->Arg(fc_784_512_10)->Arg(resnet18);

void draw_random_bits(benchmark::State& state) {
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    random_bits(random_key(1), 0, bits);
    benchmark::DoNotOptimize(bits.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0));
}
BENCHMARK(draw_random_bits)->Arg(fc_784_512_10)->Arg(resnet18);

/// QSGD's norm and levels; compare with yardstick_read.
void quantise_with_norm(benchmark::State& state) {
  const Vector v = normal_vector(state.range(0), 1);
  std::vector<std::int16_t> levels(v.size());
  for (auto _ : state) {
    const auto norm = static_cast<float>(std::sqrt(squared_norm(v)));
    quantise(v, norm, 255, random_key(1), 0, levels);
    benchmark::DoNotOptimize(levels.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(quantise_with_norm)->Arg(fc_784_512_10)->Arg(resnet18);

/// LAQ's radius and levels; compare with yardstick_read.
void round_to_levels(benchmark::State& state) {
  const Vector v = normal_vector(state.range(0), 1);
  std::vector<std::int16_t> levels(v.size());
  for (auto _ : state) {
    round_to_odd_levels(v, largest_magnitude(v), 15, levels);
    benchmark::DoNotOptimize(levels.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(round_to_levels)->Arg(fc_784_512_10)->Arg(resnet18);

/// Compare with yardstick_read_and_write.
void dequantise(benchmark::State& state) {
  Vector y = normal_vector(state.range(0), 1);
  const std::vector<std::int16_t> levels(y.size(), 3);
  for (auto _ : state) {
    dequantise_add(levels, 1e-9F, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(dequantise)->Arg(fc_784_512_10)->Arg(resnet18);

/// Signs and 1-norm; compare with yardstick_read.
void pack_signs_with_norm(benchmark::State& state) {
  const Vector v = normal_vector(state.range(0), 1);
  std::vector<std::uint8_t> bits(bytes_of_signs(v.size()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(sum_of_magnitudes(v));
    pack_signs(v, bits);
    benchmark::DoNotOptimize(bits.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(pack_signs_with_norm)->Arg(fc_784_512_10)->Arg(resnet18);

/// Compare with yardstick_read_and_write.
void add_signs(benchmark::State& state) {
  Vector y = normal_vector(state.range(0), 1);
  const std::vector<std::uint8_t> bits(bytes_of_signs(y.size()), 0x5a);
  for (auto _ : state) {
    add_signed(bits, 1e-9F, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(add_signs)->Arg(fc_784_512_10)->Arg(resnet18);

void largest_magnitude_of(benchmark::State& state) {
  const Vector v = normal_vector(state.range(0), 1);
  for (auto _ : state) benchmark::DoNotOptimize(largest_magnitude(v));
  count_bytes(state, state.range(0));
}
BENCHMARK(largest_magnitude_of)->Arg(fc_784_512_10)->Arg(resnet18);

/// Positions of random-k and their values, k the given percentage of the entries; another key each
/// time. Compare with yardstick_read.
void sample_and_gather(benchmark::State& state) {
  const Vector v = normal_vector(state.range(0), 1);
  const std::size_t k = v.size() * static_cast<std::size_t>(state.range(1)) / 100 + 1;
  std::vector<std::uint32_t> indices;
  Vector values(k);
  std::uint64_t number = 0;
  for (auto _ : state) {
    indices.clear();
    sample_without_replacement(random_key(number++), v.size(), k, indices);
    for (std::size_t i = 0; i < k; ++i) values[i] = v[indices[i]];
    benchmark::DoNotOptimize(values.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(sample_and_gather)
    ->Args({fc_784_512_10, 1})
    ->Args({fc_784_512_10, 10})
    ->Args({fc_784_512_10, 50})
    ->Args({fc_784_512_10, 99})
    ->Args({resnet18, 1});

}  // namespace
}  // namespace gradwire::bench
