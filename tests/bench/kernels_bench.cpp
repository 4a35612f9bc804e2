#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/server.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/largest.hpp"
#include "sim/kernels/quantise.hpp"
#include "sim/kernels/random_bits.hpp"
#include "sim/kernels/sampling.hpp"
#include "sim/kernels/signs.hpp"
#include "sim/kernels/vector.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire {
namespace {

constexpr std::int64_t fc_784_512_10 = 407050;
constexpr std::int64_t resnet18 = 11173962;

Vector normal_vector(std::int64_t d, std::uint64_t seed) {
  RandomStream random = stream(seed, "bench");
  Vector v(static_cast<std::size_t>(d));
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

void count_bytes(benchmark::State& state, std::int64_t floats_an_iteration) {
  state.SetBytesProcessed(state.iterations() * floats_an_iteration * 4);
}

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

/// A single tensor: the worst case for the cache.
Layout one_tensor(std::int64_t d) {
  Layout layout;
  layout.add("0.weight", {d});
  return layout;
}

void top_k_compress(benchmark::State& state) {
  algorithms::TopK top_k({.layout = one_tensor(state.range(0)), .density = 0.01});
  testing_support::FixedGradient g(normal_vector(state.range(0), 1));
  for (auto _ : state) benchmark::DoNotOptimize(top_k.compress(0.005, g.model(), g));
  count_bytes(state, 4 * state.range(0));
}
BENCHMARK(top_k_compress)->Arg(fc_784_512_10)->Arg(resnet18);

/// Top-k with error feedback compared with reading and writing its vectors once (g read, e read and
/// written), in alternation; `times_memory` is the ratio of the two times.
void top_k_against_memory(benchmark::State& state) {
  algorithms::TopK top_k({.layout = one_tensor(state.range(0)), .density = 0.01});
  testing_support::FixedGradient g(normal_vector(state.range(0), 1));
  const Vector x = normal_vector(state.range(0), 2);
  Vector y = normal_vector(state.range(0), 3);
  for (int t = 0; t < 20; ++t) (void)top_k.compress(0.005, g.model(), g);
  Seconds compressing, reading_and_writing;
  for (auto _ : state) {
    const Stopwatch watch;
    benchmark::DoNotOptimize(top_k.compress(0.005, g.model(), g));
    compressing += watch.elapsed();
    const Stopwatch memory_watch;
    subtract(x, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
    reading_and_writing += memory_watch.elapsed();
    state.SetIterationTime((watch.elapsed() - memory_watch.elapsed()).value);
  }
  state.counters["times_memory"] = compressing.value / reading_and_writing.value;
}
BENCHMARK(top_k_against_memory)->Arg(fc_784_512_10)->Arg(resnet18)->UseManualTime();

void identity_compress(benchmark::State& state) {
  algorithms::Identity identity;
  testing_support::FixedGradient g(normal_vector(state.range(0), 1));
  for (auto _ : state) benchmark::DoNotOptimize(identity.compress(0.005, g.model(), g));
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(identity_compress)->Arg(fc_784_512_10)->Arg(resnet18);

/// The server's step with the given number of stored contributions. The cost of one more is a tenth
/// of the difference between 1 and 11.
void server_step(benchmark::State& state, bool sparse) {
  const auto workers = static_cast<std::size_t>(state.range(1));
  algorithms::Server server({.workers = static_cast<int>(workers), .workers_skip = true},
                            normal_vector(state.range(0), 1));
  std::vector<algorithms::Message> first;
  for (std::size_t m = 0; m < workers; ++m) {
    algorithms::TopK top_k({.layout = one_tensor(state.range(0)), .density = 0.01});
    const Vector g = normal_vector(state.range(0), m + 2);
    first.push_back(sparse ? testing_support::compress(top_k, 1e-9, g)
                           : algorithms::Message(algorithms::Dense{g}));
  }
  server.step(std::move(first));
  for (auto _ : state) {
    server.step(std::vector<algorithms::Message>(workers, algorithms::Skip{}));
    benchmark::DoNotOptimize(server.model()->squared_step);
  }
}
BENCHMARK_CAPTURE(server_step, dense, false)
    ->Args({fc_784_512_10, 1})
    ->Args({fc_784_512_10, 11})
    ->Args({resnet18, 1})
    ->Args({resnet18, 11});
BENCHMARK_CAPTURE(server_step, sparse, true)
    ->Args({fc_784_512_10, 1})
    ->Args({fc_784_512_10, 11})
    ->Args({resnet18, 1})
    ->Args({resnet18, 11});

/// A top-1 % message of the fully connected net, and the format under test.
struct Upload {
  explicit Upload(const std::string& index)
      : top_k({.layout = one_tensor(fc_784_512_10), .density = 0.01}),
        format({.index = index}, one_tensor(fc_784_512_10), top_k.blocks()),
        message(testing_support::compress(top_k, 1.0, normal_vector(fc_784_512_10, 1))) {}
  algorithms::TopK top_k;
  algorithms::WireFormat format;
  algorithms::Message message;
};

void wire_size(benchmark::State& state, const std::string& index) {
  const Upload upload(index);
  for (auto _ : state) benchmark::DoNotOptimize(upload.format.size(upload.message));
}

void wire_encode(benchmark::State& state, const std::string& index) {
  const Upload upload(index);
  for (auto _ : state) benchmark::DoNotOptimize(upload.format.encode(upload.message));
}

void wire_decode(benchmark::State& state, const std::string& index) {
  const Upload upload(index);
  const std::vector<std::uint8_t> bytes = upload.format.encode(upload.message);
  const auto& support = std::get<algorithms::Sparse>(upload.message).indices;
  for (auto _ : state) benchmark::DoNotOptimize(upload.format.decode(bytes, support));
}

BENCHMARK_CAPTURE(wire_size, none, "none");
BENCHMARK_CAPTURE(wire_encode, none, "none");
BENCHMARK_CAPTURE(wire_decode, none, "none");
BENCHMARK_CAPTURE(wire_size, int32, "int32");
BENCHMARK_CAPTURE(wire_encode, int32, "int32");
BENCHMARK_CAPTURE(wire_decode, int32, "int32");
BENCHMARK_CAPTURE(wire_size, int64, "int64");
BENCHMARK_CAPTURE(wire_encode, int64, "int64");
BENCHMARK_CAPTURE(wire_decode, int64, "int64");
BENCHMARK_CAPTURE(wire_size, tensor, "tensor");
BENCHMARK_CAPTURE(wire_encode, tensor, "tensor");
BENCHMARK_CAPTURE(wire_decode, tensor, "tensor");
BENCHMARK_CAPTURE(wire_size, model, "model");
BENCHMARK_CAPTURE(wire_encode, model, "model");
BENCHMARK_CAPTURE(wire_decode, model, "model");
BENCHMARK_CAPTURE(wire_size, bitmap, "bitmap");
BENCHMARK_CAPTURE(wire_encode, bitmap, "bitmap");
BENCHMARK_CAPTURE(wire_decode, bitmap, "bitmap");
BENCHMARK_CAPTURE(wire_size, golomb, "golomb");
BENCHMARK_CAPTURE(wire_encode, golomb, "golomb");
BENCHMARK_CAPTURE(wire_decode, golomb, "golomb");

}  // namespace
}  // namespace gradwire
