// What an external process adds to the cost of its gradients: a gradient that is a constant array.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "sim/learn/external/problem.hpp"

namespace gradwire::learn {
namespace {

/// in_place: the gradient is already where gradwire reads it, as from a program that computes it
/// there.
std::string program(std::int64_t parameters, bool in_place = false) {
  const std::string arguments =
      in_place ? "self, theta, worker, step, out" : "self, theta, worker, step";
  return std::string("import sys; sys.path.insert(0, '") + GRADWIRE_OWN_MODEL + "')\n" + R"(
import numpy as np
import gradwire_model

class Constant:
    iterations_per_epoch = 100
    def __init__(self, settings):
        self.g = np.full()" +
         std::to_string(parameters) + R"(, 0.5, np.float32)
    def parameters(self):
        return self.g
    def gradient()" +
         arguments + R"():
        return )" +
         (in_place ? "out" : "self.g") + R"(, 1.0, 0, 1
    def evaluate(self, theta):
        return {"loss": 1.0, "accuracy": 0.0}

gradwire_model.serve(Constant)
)";
}

/// Gradients of ten workers at one model, as in an iteration of SGD.
void external_gradients(benchmark::State& state) {
  constexpr int workers = 10;
  ExternalProblem problem({.external = {.command = {"/usr/bin/python3", "-B", "-c",
                                                    program(state.range(0), state.range(1) == 1)},
                                        .folder = "/tmp",
                                        .timeout = {60}},
                           .workers = workers});
  Vector theta = problem.initial_parameters();
  std::int64_t t = 0;
  for (auto _ : state) {
    const auto model = std::make_shared<ModelVersion>(t, std::move(theta));
    const auto minibatches = problem.minibatches(t++, model);
    for (int m = 0; m < workers; ++m) {
      benchmark::DoNotOptimize(minibatches->of(m).at(model).data());
      minibatches->finished(m);
    }
    theta = model->take_parameters(nullptr);
  }
  state.SetItemsProcessed(state.iterations() * workers);
}
BENCHMARK(external_gradients)
    ->ArgNames({"parameters", "in_place"})
    ->Args({1, 0})
    ->Args({407'050, 0})
    ->Args({407'050, 1})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

/// The same for workers at models of their own, each of which is copied to the process.
void external_gradients_at_own_models(benchmark::State& state) {
  ExternalProblem problem(
      {.external = {.command = {"/usr/bin/python3", "-B", "-c", program(state.range(0))},
                    .folder = "/tmp",
                    .timeout = {60}}});
  Vector theta = problem.initial_parameters();
  std::int64_t step = 0;
  for (auto _ : state) {
    const auto own = std::make_shared<ModelVersion>(step, std::move(theta));
    benchmark::DoNotOptimize(problem.minibatch(0, step++, own)->at(own).data());
    theta = own->take_parameters(nullptr);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(external_gradients_at_own_models)
    ->ArgName("parameters")
    ->Arg(407'050)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace gradwire::learn
