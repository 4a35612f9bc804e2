// Cost of the gradients of ResNet18 on images of CIFAR-10's shape (batches of 10), compared with
// LibTorch's own modules.
#include <benchmark/benchmark.h>
#include <torch/nn.h>

#include <array>
#include <memory>
#include <utility>

#include "sim/core/random.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/nets/problem.hpp"
#include "sim/training/task_pool.hpp"

namespace gradwire::learn {
namespace {

constexpr int batch_size = 10;
constexpr int workers = 10;

namespace bare {

namespace nn = torch::nn;

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                       std::int64_t stride) {
  return nn::Conv2d(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

struct BlockImpl : nn::Module {
  BlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride)
      : body(convolution(in, out, 3, stride), nn::BatchNorm2d(out), nn::ReLU(),
             convolution(out, out, 3, 1), nn::BatchNorm2d(out)) {
    register_module("body", body);
    if (in != out) {
      shortcut = nn::Sequential(convolution(in, out, 1, stride), nn::BatchNorm2d(out));
      register_module("shortcut", shortcut);
    }
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return torch::relu(body->forward(x) + (shortcut.is_empty() ? x : shortcut->forward(x)));
  }
  nn::Sequential body;
  nn::Sequential shortcut{nullptr};
};
TORCH_MODULE(Block);

nn::Sequential resnet18() {
  nn::Sequential net(convolution(3, 64, 3, 1), nn::BatchNorm2d(64), nn::ReLU());
  std::int64_t channels = 64;
  for (const std::int64_t out : {64, 128, 256, 512}) {
    net->push_back(Block(channels, out, channels == out ? 1 : 2));
    net->push_back(Block(out, out, 1));
    channels = out;
  }
  net->push_back(nn::AvgPool2d(4));
  net->push_back(nn::Flatten());
  net->push_back(nn::Linear(channels, 10));
  return net;
}

}  // namespace bare

/// Forward and backward passes, one minibatch at a time on one thread.
void libtorch_resnet18_gradients(benchmark::State& state) {
  use_one_thread_per_gradient();
  torch::nn::Sequential net = bare::resnet18();
  const auto x = torch::randn({batch_size, 3, 32, 32});
  const auto y = torch::randint(10, {batch_size}, torch::kLong);
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      net->zero_grad();
      torch::nn::functional::cross_entropy(net->forward(x), y).backward();
    }
  }
}
BENCHMARK(libtorch_resnet18_gradients)
    ->Arg(1)
    ->Arg(workers)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Random images of CIFAR-10's shape.
SampleSet noise(std::int64_t count) {
  LabelledImages images{
      .count = count, .channels = 3, .rows = 32, .columns = 32, .pixels = {}, .labels = {}};
  RandomStream random = stream(1, "images");
  for (std::int64_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<Label>(i % 10));
    for (int p = 0; p < 3 * 32 * 32; ++p) {
      images.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
  }
  std::array<float, 256> table{};
  for (std::size_t v = 0; v < 256; ++v) table[v] = static_cast<float>(v) / 128.0F - 1.0F;
  return {std::move(images),
          {.name = "noise", .tables = {table, table, table}, .augmentation = {}}};
}

/// Gradients of the first `workers` workers on `threads` threads, including the gathering of
/// samples and the copy of gradients to vectors.
void resnet18_gradients(benchmark::State& state) {
  NetProblem::Config config{.workers = workers, .batch_size = batch_size};
  config.model.name = ModelKind::resnet18;
  NetProblem problem({"noise", 10, {3, 32, 32}, noise(1000), noise(10)}, config, 1);
  const Model theta =
      std::make_shared<const ModelVersion>(ModelVersion{0, problem.initial_parameters(), 0.0});
  training::TaskPool pool(static_cast<int>(state.range(1)));
  std::int64_t t = 0;
  for (auto _ : state) {
    const auto minibatches = problem.minibatches(t++, theta);
    pool.each(static_cast<std::size_t>(state.range(0)), [&](std::size_t m) {
      benchmark::DoNotOptimize(minibatches->of(static_cast<int>(m)).at(theta).data());
      minibatches->finished(static_cast<int>(m));
    });
  }
}
BENCHMARK(resnet18_gradients)
    ->ArgNames({"workers", "threads"})
    ->Args({1, 1})
    ->Args({workers, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gradwire::learn
