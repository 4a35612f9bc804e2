#include <benchmark/benchmark.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/algorithms/compressors/grid.hpp"
#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/one_bit.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/sign.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/server.hpp"
#include "sim/algorithms/server_steps/descent.hpp"
#include "sim/algorithms/server_steps/majority_vote.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/bench/vectors.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms {
namespace {

using bench::count_bytes;
using bench::fc_784_512_10;
using bench::normal_vector;
using bench::one_tensor;
using bench::resnet18;

/// Top-k with error feedback.
struct RememberingTopK {
  explicit RememberingTopK(std::int64_t d)
      : top_k({.layout = one_tensor(d), .density = 0.01}),
        memory(static_cast<std::size_t>(d)),
        gradient(normal_vector(d, 1)) {}

  Message send() {
    GradientUpdate update(0.005F, gradient.model(), gradient);
    return memory.send(update, top_k, {});
  }

  TopK top_k;
  ErrorFeedback memory;
  testing_support::FixedGradient gradient;
};

/// Rows of 784, and the rest.
Layout matrices(std::int64_t d) {
  Layout layout;
  layout.add("0.weight", {d / 784, 784});
  layout.add("0.bias", {d % 784});
  return layout;
}

void top_k_compress(benchmark::State& state) {
  RememberingTopK worker(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(worker.send());
  count_bytes(state, 4 * state.range(0));
}
BENCHMARK(top_k_compress)->Arg(fc_784_512_10)->Arg(resnet18);

/// Top-k with error feedback compared with reading and writing its vectors once (g read, e read and
/// written), in alternation; `times_memory` is the ratio of the two times.
void top_k_against_memory(benchmark::State& state) {
  RememberingTopK worker(state.range(0));
  const Vector x = normal_vector(state.range(0), 2);
  Vector y = normal_vector(state.range(0), 3);
  for (int t = 0; t < 20; ++t) (void)worker.send();
  Seconds compressing, reading_and_writing;
  for (auto _ : state) {
    const Stopwatch watch;
    benchmark::DoNotOptimize(worker.send());
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

/// Reading one vector, and reading and writing another, once: the times of `work`, as a ratio, and
/// of this alternate.
template <class Work>
void against_memory(benchmark::State& state, const Work& work) {
  const Vector x = normal_vector(state.range(0), 2);
  Vector y = normal_vector(state.range(0), 3);
  Seconds working, reading_and_writing;
  for (auto _ : state) {
    const Stopwatch watch;
    work();
    working += watch.elapsed();
    const Stopwatch memory_watch;
    subtract(x, y);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
    reading_and_writing += memory_watch.elapsed();
    state.SetIterationTime((watch.elapsed() - memory_watch.elapsed()).value);
  }
  state.counters["times_memory"] = working.value / reading_and_writing.value;
}

void signs_against_memory(benchmark::State& state, const CompressorKind& kind, const char* scale) {
  AlgorithmConfig config;
  config.values["scale"] = std::string(scale);
  const auto compressor = kind.make(config, matrices(state.range(0)));
  const Vector v = normal_vector(state.range(0), 1);
  against_memory(state, [&] { benchmark::DoNotOptimize(compressor->compress(v, {})); });
}
BENCHMARK_CAPTURE(signs_against_memory, sign, sign_kind, "none")
    ->Arg(fc_784_512_10)
    ->UseManualTime();
BENCHMARK_CAPTURE(signs_against_memory, scaled_sign, sign_kind, "l1")
    ->Arg(fc_784_512_10)
    ->UseManualTime();
BENCHMARK_CAPTURE(signs_against_memory, one_bit, one_bit_kind, "none")
    ->Arg(fc_784_512_10)
    ->UseManualTime();

/// The server's step with the signs of this many workers: their sum, the vote, and the model.
void vote_against_memory(benchmark::State& state) {
  const Layout layout = matrices(state.range(0));
  Server server({.workers = static_cast<int>(state.range(1)), .applies_gamma = true},
                majority_vote_kind.make({}, layout), normal_vector(state.range(0), 1));
  std::vector<Message> uploads;
  for (std::int64_t m = 0; m < state.range(1); ++m) {
    const auto seed = static_cast<std::uint64_t>(m) + 5;
    uploads.push_back(
        sign_kind.make({}, layout)->compress(normal_vector(state.range(0), seed), {}));
  }
  against_memory(state, [&] {
    server.step(1e-9, uploads);  // copies them: 1 / 32 of a vector each
    benchmark::DoNotOptimize(server.model()->squared_step);
  });
}
BENCHMARK(vote_against_memory)
    ->Args({fc_784_512_10, 1})
    ->Args({fc_784_512_10, 10})
    ->UseManualTime();

void identity_compress(benchmark::State& state) {
  Identity identity;
  testing_support::FixedGradient g(normal_vector(state.range(0), 1));
  GradientUpdate update(0.005F, g.model(), g);
  for (auto _ : state) benchmark::DoNotOptimize(identity.compress(update, {}));
  count_bytes(state, 2 * state.range(0));
}
BENCHMARK(identity_compress)->Arg(fc_784_512_10)->Arg(resnet18);

/// The server's step with the given number of stored contributions. The cost of one more is a tenth
/// of the difference between 1 and 11.
void server_step(benchmark::State& state, bool sparse) {
  const auto workers = static_cast<std::size_t>(state.range(1));
  Server server({.workers = static_cast<int>(workers), .workers_skip = true},
                std::make_unique<Descent>(), normal_vector(state.range(0), 1));
  std::vector<Message> first;
  for (std::size_t m = 0; m < workers; ++m) {
    TopK top_k({.layout = one_tensor(state.range(0)), .density = 0.01});
    Vector g = normal_vector(state.range(0), m + 2);
    scale(1e-9F, g, g);
    first.push_back(sparse ? top_k.compress(g, {}) : Message(Dense{g}));
  }
  server.step(1.0, std::move(first));
  for (auto _ : state) {
    server.step(1.0, std::vector<Message>(workers, Skip{}));
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
  explicit Upload(IndexCoding index)
      : top_k({.layout = one_tensor(fc_784_512_10), .density = 0.01}),
        format({.index = index}, one_tensor(fc_784_512_10),
               {.representation = Representation::sparse, .blocks = top_k.blocks()}),
        message(top_k.compress(normal_vector(fc_784_512_10, 1), {})) {}
  TopK top_k;
  WireFormat format;
  Message message;
};

void wire_size(benchmark::State& state, IndexCoding index) {
  const Upload upload(index);
  for (auto _ : state) benchmark::DoNotOptimize(upload.format.size(upload.message));
}

void wire_encode(benchmark::State& state, IndexCoding index) {
  const Upload upload(index);
  for (auto _ : state) benchmark::DoNotOptimize(upload.format.encode(upload.message));
}

void wire_decode(benchmark::State& state, IndexCoding index) {
  const Upload upload(index);
  const std::vector<std::uint8_t> bytes = upload.format.encode(upload.message);
  const auto& support = std::get<Sparse>(upload.message).indices;
  for (auto _ : state) benchmark::DoNotOptimize(upload.format.decode(bytes, support));
}

BENCHMARK_CAPTURE(wire_size, none, IndexCoding::none);
BENCHMARK_CAPTURE(wire_encode, none, IndexCoding::none);
BENCHMARK_CAPTURE(wire_decode, none, IndexCoding::none);
BENCHMARK_CAPTURE(wire_size, int32, IndexCoding::int32);
BENCHMARK_CAPTURE(wire_encode, int32, IndexCoding::int32);
BENCHMARK_CAPTURE(wire_decode, int32, IndexCoding::int32);
BENCHMARK_CAPTURE(wire_size, int64, IndexCoding::int64);
BENCHMARK_CAPTURE(wire_encode, int64, IndexCoding::int64);
BENCHMARK_CAPTURE(wire_decode, int64, IndexCoding::int64);
BENCHMARK_CAPTURE(wire_size, tensor, IndexCoding::tensor);
BENCHMARK_CAPTURE(wire_encode, tensor, IndexCoding::tensor);
BENCHMARK_CAPTURE(wire_decode, tensor, IndexCoding::tensor);
BENCHMARK_CAPTURE(wire_size, model, IndexCoding::model);
BENCHMARK_CAPTURE(wire_encode, model, IndexCoding::model);
BENCHMARK_CAPTURE(wire_decode, model, IndexCoding::model);
BENCHMARK_CAPTURE(wire_size, bitmap, IndexCoding::bitmap);
BENCHMARK_CAPTURE(wire_encode, bitmap, IndexCoding::bitmap);
BENCHMARK_CAPTURE(wire_decode, bitmap, IndexCoding::bitmap);
BENCHMARK_CAPTURE(wire_size, golomb, IndexCoding::golomb);
BENCHMARK_CAPTURE(wire_encode, golomb, IndexCoding::golomb);
BENCHMARK_CAPTURE(wire_decode, golomb, IndexCoding::golomb);

/// Size of the levels of 407,050 entries: of normal ones by QSGD, one bucket, and by the grid of
/// LAQ, whose levels are odd.
void level_size(benchmark::State& state, LevelCoding coding, bool odd) {
  const Vector v = normal_vector(fc_784_512_10, 1);
  const std::vector<Block> bucket{{0, v.size(), v.size()}};
  const auto levels = static_cast<int>(state.range(0));
  const Message message =
      odd ? Grid(bucket, std::bit_width(static_cast<unsigned>(levels))).compress(v, {})
          : Qsgd(bucket, levels, Qsgd::Norm::l2).compress(v, StepContext{.random = random_key(1)});
  const auto& quantized = std::get<Quantized>(message);
  for (auto _ : state) benchmark::DoNotOptimize(level_bits(quantized, coding));
}

BENCHMARK_CAPTURE(level_size, qsgd_elias, LevelCoding::elias, false)
    ->Arg(1)
    ->Arg(4)
    ->Arg(16)
    ->Arg(255);
BENCHMARK_CAPTURE(level_size, qsgd_vsc, LevelCoding::vsc, false)->Arg(1)->Arg(4)->Arg(16)->Arg(255);
BENCHMARK_CAPTURE(level_size, grid_elias, LevelCoding::elias, true)->Arg(7)->Arg(255)->Arg(32767);
BENCHMARK_CAPTURE(level_size, grid_vsc, LevelCoding::vsc, true)->Arg(7)->Arg(255)->Arg(32767);

// What each compressor of the table costs, with its defaults, on 407,050 entries: the values of
// CodingCost. `ns_per_entry` is per entry of the model, `ns_per_value` per value sent.

/// A tensor of all entries; for factored messages, the tensors of the net.
Layout layout_for(const CompressorKind& kind) {
  Layout layout = one_tensor(fc_784_512_10);
  if (kind.shape({}, layout).representation != Representation::low_rank) return layout;
  layout = {};
  layout.add("0.weight", {512, 784});
  layout.add("0.bias", {512});
  layout.add("2.weight", {10, 512});
  layout.add("2.bias", {10});
  return layout;
}

/// The message of the last exchange of a worker that is alone.
Message last_message(Compressor& compressor, std::span<const float> v) {
  std::vector<Message> messages{compressor.compress(v, {})};
  for (int e = 1; e < compressor.exchanges(); ++e) {
    messages[0] = compressor.compress_next(e, compressor.reduce(e - 1, messages), v, {});
  }
  return messages[0];
}

struct Coded {
  explicit Coded(const CompressorKind& kind)
      : layout(layout_for(kind)),
        v(normal_vector(fc_784_512_10, 1)),
        compressor(kind.make({}, layout)),
        shape(kind.shape({}, layout)),
        message(last_message(*compressor, v)) {}

  Layout layout;
  Vector v;
  std::unique_ptr<Compressor> compressor;
  MessageShape shape;
  Message message;
};

void per(benchmark::State& state, const char* what, std::int64_t count) {
  state.counters[what] = benchmark::Counter(
      1e-9 * static_cast<double>(count),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void compress(benchmark::State& state, const CompressorKind& kind) {
  const Coded coded(kind);
  for (auto _ : state) benchmark::DoNotOptimize(last_message(*coded.compressor, coded.v));
  per(state, "ns_per_entry", fc_784_512_10);
}

/// The same compared with reading and writing the vector once, in alternation; `times_memory` is
/// the ratio of the two times.
void compress_against_memory(benchmark::State& state, const CompressorKind& kind) {
  const Coded coded(kind);
  Vector copy(coded.v.size());
  Seconds compressing, reading_and_writing;
  for (auto _ : state) {
    const Stopwatch watch;
    benchmark::DoNotOptimize(last_message(*coded.compressor, coded.v));
    compressing += watch.elapsed();
    const Stopwatch memory_watch;
    scale(1.0F, coded.v, copy);
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
    reading_and_writing += memory_watch.elapsed();
    state.SetIterationTime((watch.elapsed() - memory_watch.elapsed()).value);
  }
  state.counters["times_memory"] = compressing.value / reading_and_writing.value;
}

void sizes_of(benchmark::State& state, const CompressorKind& kind) {
  const Coded coded(kind);
  const WireSizes sizes(coded.layout, coded.shape);
  for (auto _ : state) benchmark::DoNotOptimize(sizes.of(coded.message));
}

void encode(benchmark::State& state, const CompressorKind& kind, const WireConfig& wire) {
  const Coded coded(kind);
  const WireFormat format(wire, coded.layout, coded.shape);
  for (auto _ : state) benchmark::DoNotOptimize(format.encode(coded.message));
  per(state, "ns_per_value", values_sent(coded.message));
}

void decode(benchmark::State& state, const CompressorKind& kind, const WireConfig& wire) {
  const Coded coded(kind);
  const WireFormat format(wire, coded.layout, coded.shape);
  const std::vector<std::uint8_t> bytes = format.encode(coded.message);
  const auto* known = std::get_if<LowRank>(&coded.message);
  for (auto _ : state) benchmark::DoNotOptimize(format.decode(bytes, {}, known));
  per(state, "ns_per_value", values_sent(coded.message));
}

void add(benchmark::State& state, const CompressorKind& kind) {
  const Coded coded(kind);
  Vector sum(static_cast<std::size_t>(fc_784_512_10) + overrun, 0.0F);
  for (auto _ : state) {
    add_to(coded.message, std::span(sum).first(static_cast<std::size_t>(fc_784_512_10)));
    benchmark::DoNotOptimize(sum.data());
  }
  per(state, "ns_per_value", values_sent(coded.message));
}

[[maybe_unused]] const bool registered = [] {
  for (const CompressorKind* kind : compressors()) {
    const std::string name = "/" + std::string(kind->name);
    benchmark::RegisterBenchmark(("compress" + name).c_str(), compress, *kind);
    benchmark::RegisterBenchmark(("compress_against_memory" + name).c_str(),
                                 compress_against_memory, *kind)
        ->UseManualTime();
    benchmark::RegisterBenchmark(("sizes_of" + name).c_str(), sizes_of, *kind);
    benchmark::RegisterBenchmark(("encode" + name).c_str(), encode, *kind, WireConfig{});
    benchmark::RegisterBenchmark(("decode" + name).c_str(), decode, *kind, WireConfig{});
    benchmark::RegisterBenchmark(("add" + name).c_str(), add, *kind);
  }
  return true;
}();

}  // namespace
}  // namespace gradwire::algorithms
