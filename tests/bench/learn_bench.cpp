// Cost of the gradients of the paper's net (784-512-10, batches of 10) on one thread, compared with
// LibTorch.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>
#include <torch/nn.h>

#include <memory>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/power_iteration.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/gradient_distance.hpp"
#include "sim/learn/mlp/problem.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::learn {
namespace {

constexpr int batch_size = 10;

/// Samples of MNIST's shape: 2,000 for training, 10,000 for testing.
const Dataset& images() {
  static const Dataset data = [] {
    DatasetConfig config;
    config.name = "synthetic";
    config.dimension = 784;
    config.train_samples = 2000;
    config.test_samples = 10000;
    return load_dataset(config, 1, std::nullopt);
  }();
  return data;
}

Model model_of(Vector parameters) {
  return std::make_shared<const ModelVersion>(ModelVersion{0, std::move(parameters), 0.0});
}

Model near(const Model& theta) {
  Vector moved = theta->plain();
  RandomStream random = stream(1, "direction");
  for (float& x : moved) x += static_cast<float>(1e-3 * random.normal());
  return model_of(std::move(moved));
}

/// Cost of a plain implementation: LibTorch's modules and autograd, one minibatch at a time. An
/// iteration of SGD or Sparse computes 10 of these gradients, one of LASG or SASG 20.
void libtorch_gradients(benchmark::State& state) {
  use_one_thread_per_gradient();
  torch::nn::Sequential net(torch::nn::Linear(784, 512), torch::nn::ReLU(),
                            torch::nn::Linear(512, 10));
  const auto x = torch::randn({batch_size, 784});
  const auto y = torch::randint(10, {batch_size}, torch::kLong);
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      net->zero_grad();
      torch::nn::functional::cross_entropy(net->forward(x), y).backward();
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(libtorch_gradients)->Arg(10)->Arg(20)->Unit(benchmark::kMillisecond);

/// Only the five matrix products of these gradients (a sixth, for the gradient of the inputs, is
/// not needed).
void libtorch_bare_products(benchmark::State& state) {
  use_one_thread_per_gradient();
  const c10::InferenceMode guard;
  const auto x = at::randn({batch_size, 784});
  const auto w1 = at::randn({512, 784});
  const auto w2 = at::randn({10, 512});
  const auto d2 = at::randn({batch_size, 10});
  auto h = at::empty({batch_size, 512});
  auto z = at::empty({batch_size, 10});
  auto d1 = at::empty({batch_size, 512});
  auto g1 = at::empty({512, 784});
  auto g2 = at::empty({10, 512});
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      at::mm_out(h, x, w1.t());
      at::mm_out(z, h, w2.t());
      at::mm_out(g2, d2.t(), h);
      at::mm_out(d1, d2, w2);
      at::mm_out(g1, d1.t(), x);
    }
    benchmark::DoNotOptimize(g1.data_ptr());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(libtorch_bare_products)->Arg(10)->Arg(20)->Unit(benchmark::kMillisecond);

/// The gradients of an iteration in which all M workers send: minibatches, forward and backward
/// passes.
void gradients(benchmark::State& state) {
  const auto workers = static_cast<int>(state.range(0));
  MlpProblem problem(images(), ModelConfig{}, workers, batch_size, 1);
  const Model theta = model_of(problem.initial_parameters());
  std::int64_t t = 0;
  for (auto _ : state) {
    const auto minibatches = problem.minibatches(t++, theta);
    for (int m = 0; m < workers; ++m) {
      benchmark::DoNotOptimize(minibatches->of(m).at(theta).data());
    }
  }
  state.SetItemsProcessed(state.iterations() * workers);
}
BENCHMARK(gradients)->ArgName("workers")->Arg(1)->Arg(5)->Arg(10)->Unit(benchmark::kMicrosecond);

/// The same for workers at models of their own, new in every iteration: one pass per worker, for
/// which its model is packed.
void gradients_at_own_models(benchmark::State& state) {
  const auto workers = static_cast<int>(state.range(0));
  MlpProblem problem(images(), ModelConfig{}, workers, batch_size, 1);
  std::vector<Vector> parameters(static_cast<std::size_t>(workers), problem.initial_parameters());
  std::int64_t step = 0;
  for (auto _ : state) {
    for (int m = 0; m < workers; ++m) {
      Vector& theta = parameters[static_cast<std::size_t>(m)];
      const auto own = std::make_shared<ModelVersion>(step, std::move(theta));
      benchmark::DoNotOptimize(problem.minibatch(m, step, own)->at(own).data());
      theta = own->take_parameters(nullptr);
    }
    ++step;
  }
  state.SetItemsProcessed(state.iterations() * workers);
}
BENCHMARK(gradients_at_own_models)
    ->ArgName("workers")
    ->Arg(1)
    ->Arg(10)
    ->Unit(benchmark::kMicrosecond);

/// All of a PowerSGD worker's work on the compression of rank 2 (both products, the orthonormal
/// basis, the error memory), compared with the gradient of its ten samples, in alternation;
/// `times_gradient` is the ratio of the two times.
void low_rank_against_a_gradient(benchmark::State& state) {
  MlpProblem problem(images(), ModelConfig{}, 1, batch_size, 1);
  const Model theta = model_of(problem.initial_parameters());
  const Layout& layout = problem.layout();
  algorithms::PowerIteration compressor(algorithms::matrices_of(layout, 2), layout.size());
  algorithms::ErrorFeedback memory(layout.size());
  Seconds compressing, computing;
  std::int64_t t = 0;
  for (auto _ : state) {
    const Stopwatch watch;
    const auto minibatches = problem.minibatches(t, theta);
    const auto g = minibatches->of(0).at(theta);
    benchmark::DoNotOptimize(g.data());
    computing += watch.elapsed();
    testing_support::FixedGradient gradient({g.begin(), g.end()});
    GradientUpdate update(1.0F, gradient.model(), gradient);
    const algorithms::StepContext step{.iteration = t++};
    const Stopwatch compression;
    std::vector<algorithms::Message> messages{memory.send(update, compressor, step)};
    for (int e = 1; e < compressor.exchanges(); ++e) {
      const algorithms::Message reduced = compressor.reduce(e - 1, messages);
      messages[0] = memory.send_next(e, reduced, compressor, step);
    }
    memory.receive_joined(messages[0], compressor);
    compressor.receive_joined(messages[0]);
    compressing += compression.elapsed();
    state.SetIterationTime(compression.elapsed().value);
  }
  state.counters["times_gradient"] = compressing.value / computing.value;
}
BENCHMARK(low_rank_against_a_gradient)->UseManualTime()->Unit(benchmark::kMicrosecond);

template <class Distance>
void squared_distances(benchmark::State& state, const Distance& distance) {
  const auto workers = static_cast<int>(state.range(0));
  MlpProblem problem(images(), ModelConfig{}, workers, batch_size, 1);
  const Model theta = model_of(problem.initial_parameters());
  const Model sent = near(theta);
  std::int64_t t = 0;
  for (auto _ : state) {
    const auto minibatches = problem.minibatches(t++, theta);
    for (int m = 0; m < workers; ++m) {
      benchmark::DoNotOptimize(distance(minibatches->of(m), theta, sent));
    }
  }
  state.SetItemsProcessed(state.iterations() * workers);
}

/// The left-hand side of the lazy rule without either gradient; both forward passes included.
void squared_distance_from_products_of_rows(benchmark::State& state) {
  squared_distances(state, [](GradientOracle& oracle, const Model& a, const Model& b) {
    return oracle.squared_distance(a, b);
  });
}
BENCHMARK(squared_distance_from_products_of_rows)
    ->ArgName("workers")
    ->Arg(1)
    ->Arg(10)
    ->Unit(benchmark::kMicrosecond);

void squared_distance_from_two_gradients(benchmark::State& state) {
  squared_distances(state, squared_distance_of_gradients);
}
BENCHMARK(squared_distance_from_two_gradients)
    ->ArgName("workers")
    ->Arg(1)
    ->Arg(10)
    ->Unit(benchmark::kMicrosecond);

void evaluate_10000_images(benchmark::State& state) {
  MlpProblem problem(images(), ModelConfig{}, 10, batch_size, 1);
  const Model theta = model_of(problem.initial_parameters());
  for (auto _ : state) benchmark::DoNotOptimize(problem.evaluate(theta).loss);
}
BENCHMARK(evaluate_10000_images)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gradwire::learn
