// Cost of the gradient of a scripted module (batches of 10, one thread), compared with LibTorch's
// own passes through the same module.
#include <benchmark/benchmark.h>
#include <torch/nn/functional.h>
#include <torch/script.h>

#include <filesystem>
#include <memory>
#include <string>

#include "sim/learn/blas.hpp"
#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/scripted_net.hpp"

namespace gradwire::learn {
namespace {

constexpr std::int64_t batch_size = 10;
constexpr NetTask task{.rows = 28, .columns = 28};

/// LeNet-5 (61,706 parameters), and the cnn of McMahan et al. (1,663,370).
torch::jit::Module module_of(bool large) {
  torch::jit::Module module("Net");
  module.register_attribute("training", c10::BoolType::get(), true);
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    module.register_parameter(name, (torch::randn(shape) * 0.05).set_requires_grad(true), false);
  };
  const std::int64_t channels[] = {large ? 32 : 6, large ? 64 : 16};
  const std::int64_t flat = large ? 3136 : 400;
  const std::int64_t units[] = {large ? 512 : 120, 84};
  add("w1", {channels[0], 1, 5, 5});
  add("b1", {channels[0]});
  add("w2", {channels[1], channels[0], 5, 5});
  add("b2", {channels[1]});
  add("w3", {units[0], flat});
  add("b3", {units[0]});
  add("w4", {units[1], units[0]});
  add("b4", {units[1]});
  add("w5", {10, units[1]});
  add("b5", {10});
  module.define(R"(
def forward(self, x):
    x = torch.max_pool2d(torch.relu(torch.conv2d(x, self.w1, self.b1, [1, 1], [2, 2])), [2, 2])
    x = torch.conv2d(x, self.w2, self.b2, [1, 1], [)" +
                std::string(large ? "2, 2" : "0, 0") + R"(])
    x = torch.flatten(torch.max_pool2d(torch.relu(x), [2, 2]), 1)
    x = torch.relu(torch.linear(x, self.w3, self.b3))
    x = torch.relu(torch.linear(x, self.w4, self.b4))
    return torch.linear(x, self.w5, self.b5)
)");
  return module;
}

/// In the plain executor, as ours.
void libtorch_scripted_gradient(benchmark::State& state) {
  use_one_thread_per_gradient();
  const torch::jit::GraphOptimizerEnabledGuard plain(state.range(1) == 1);
  torch::jit::Module module = module_of(state.range(0) == 1);
  const auto x = torch::randn({batch_size, 1, 28, 28});
  const auto y = torch::randint(10, {batch_size}, torch::kLong);
  for (auto _ : state) {
    for (const auto& parameter : module.parameters()) parameter.mutable_grad().reset();
    torch::nn::functional::cross_entropy(module.forward({x}).toTensor(), y).backward();
  }
}
BENCHMARK(libtorch_scripted_gradient)
    ->ArgNames({"large", "optimized"})
    ->Args({0, 0})
    ->Args({0, 1})
    ->Args({1, 0})
    ->Args({1, 1})
    ->Unit(benchmark::kMicrosecond);

/// Including the copy of the gradient to a vector, and loss and accuracy of the batch.
void scripted_gradient(benchmark::State& state) {
  use_one_thread_per_gradient();
  const std::string file =
      (std::filesystem::temp_directory_path() / "gradwire-scripted-bench.pt").string();
  module_of(state.range(0) == 1).save(file);
  const std::unique_ptr<Net> net = make_scripted_net(file, task);
  std::filesystem::remove(file);
  const Vector theta = net->initial_parameters(1);
  const NetBatch batch{torch::randn({batch_size, 1, 28, 28}),
                       torch::randint(10, {batch_size}, torch::kLong)};
  Vector gradient(theta.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(net_gradient(*net, theta, batch, gradient, nullptr).loss);
  }
}
BENCHMARK(scripted_gradient)->ArgName("large")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gradwire::learn
