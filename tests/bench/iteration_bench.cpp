// One whole iteration of each method on the paper's FC net, batches of 10: gradients, send rules,
// selection and the server's step; and the additional cost of the simulated network.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/gossip/topology.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/learn/make_problem.hpp"
#include "sim/training/asynchronous_trainer.hpp"
#include "sim/training/gossip_trainer.hpp"
#include "sim/training/synchronous_trainer.hpp"

namespace gradwire {
namespace {

constexpr int batch_size = 10;

/// Gaussian classes of MNIST's dimension, for which the arithmetic costs the same as for MNIST.
/// Created once per number of workers.
Problem& fc_mnist(int workers) {
  static std::map<int, std::unique_ptr<Problem>> problems;
  std::unique_ptr<Problem>& problem = problems[workers];
  if (!problem) {
    problem = learn::make_problem({.dataset = {.name = "synthetic",
                                               .train_samples = 20000,
                                               .test_samples = 10,
                                               .dimension = 784},
                                   .workers = workers,
                                   .batch_size = batch_size},
                                  1, std::nullopt);
  }
  return *problem;
}

training::SynchronousTrainer::Config config_of(const std::string& method, int workers) {
  return {.algorithm = {.name = method}, .workers = workers, .gamma = [](std::int64_t) {
            return algorithms::StepSize::same(0.005);
          }};
}

training::GossipTrainer::Config gossip_config(const std::string& method,
                                              algorithms::TopologyKind topology, int nodes) {
  const algorithms::Graph graph = algorithms::make_topology({.kind = topology}, nodes, 1).graph;
  return {.algorithm = {.name = method},
          .nodes = nodes,
          .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.005); },
          .mixing = algorithms::MixingSchedule(
              {algorithms::mixing_matrix(graph, algorithms::MixingKind::metropolis)})};
}

void iterate(training::Trainer& trainer) {
  trainer.next();
  trainer.finish();
}

/// `workers` workers on `threads` threads, without evaluation and without the first 20 iterations,
/// in which lazy methods warm up. Counters gradient and rest: milliseconds per iteration, summed
/// over threads, in the gradient oracle and in everything else except SimGrid and its actors.
void measure(benchmark::State& state, training::Trainer& trainer, int warm_up = 20) {
  for (int t = 0; t < warm_up; ++t) iterate(trainer);
  const training::LearningWall start = trainer.wall();
  for (auto _ : state) iterate(trainer);
  const auto per_iteration = [&](Seconds from, Seconds to) {
    return benchmark::Counter(1e3 * (to - from).value, benchmark::Counter::kAvgIterations);
  };
  state.counters["gradient"] = per_iteration(start.gradient, trainer.wall().gradient);
  state.counters["rest"] = per_iteration(start.rule, trainer.wall().rule);
}

void iteration(benchmark::State& state, const std::string& method) {
  const auto workers = static_cast<int>(state.range(0));
  training::TaskPool pool(static_cast<int>(state.range(1)));
  training::SynchronousTrainer trainer(config_of(method, workers), fc_mnist(workers), pool);
  measure(state, trainer);
}

/// Nodes with models of their own: ten on a ring, or a thousand on a torus (4 messages each), whose
/// state does not fit into a cache.
void gossip_iteration(benchmark::State& state, const std::string& method) {
  const auto nodes = static_cast<int>(state.range(0));
  const bool few = nodes <= 10;
  const auto topology = few ? algorithms::TopologyKind::ring : algorithms::TopologyKind::torus;
  training::TaskPool pool(static_cast<int>(state.range(1)));
  training::GossipTrainer trainer(gossip_config(method, topology, nodes), fc_mnist(nodes), pool);
  measure(state, trainer, few ? 20 : 1);
  state.counters["state_GB"] = static_cast<double>(trainer.worker_state_bytes().value) / 1e9;
}

training::AsynchronousTrainer::Config asynchronous_config(const std::string& method, int workers) {
  return {.algorithm = {.name = method},
          .workers = workers,
          .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.005); },
          .epochs = [](std::int64_t) { return 0.0; }};
}

/// What the actors of an asynchronous run ask for when all clients take turns.
class TakingTurns {
 public:
  TakingTurns(training::AsynchronousTrainer& trainer, int workers)
      : trainer_(trainer), turns_(static_cast<std::size_t>(workers)) {
    for (int m = 0; m < workers; ++m) begin(m);
  }
  void iterate() {
    const int workers = static_cast<int>(turns_.size());
    for (int m = 0; m < workers; ++m) {
      trainer_.end(m);
      if (turns_[static_cast<std::size_t>(m)].push == PushTime::after_computing)
        trainer_.apply(m, 0);
      begin(m);
    }
    trainer_.finish_iteration();
  }

 private:
  void begin(int client) {
    const ClientTurn turn = turns_[static_cast<std::size_t>(client)] = trainer_.next_turn(client);
    if (turn.fetches) {
      trainer_.fetch(client, 0);
      trainer_.receive(client);
    }
    if (turn.push == PushTime::before_computing) {
      trainer_.push(client);
      trainer_.apply(client, 0);
    }
    trainer_.begin(client);
  }

  training::AsynchronousTrainer& trainer_;
  std::vector<ClientTurn> turns_;
};

/// Counter relative: the time of an iteration over that of its gradients alone, on one thread.
void asynchronous_iteration(benchmark::State& state, const std::string& method) {
  const auto workers = static_cast<int>(state.range(0));
  training::TaskPool pool(static_cast<int>(state.range(1)));
  training::AsynchronousTrainer trainer(asynchronous_config(method, workers), fc_mnist(workers),
                                        pool);
  TakingTurns run(trainer, workers);
  for (int t = 0; t < 20; ++t) run.iterate();
  const training::LearningWall start = trainer.wall();
  const Stopwatch watch;
  for (auto _ : state) run.iterate();
  const double gradient = (trainer.wall().gradient - start.gradient).value;
  state.counters["gradient"] =
      benchmark::Counter(1e3 * gradient, benchmark::Counter::kAvgIterations);
  state.counters["relative"] = watch.elapsed().value / gradient;
}

void ten_workers(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"workers", "threads"})->Args({10, 1})->Args({10, 2});
  benchmark->UseRealTime()->Unit(benchmark::kMillisecond);
}
/// A fixed number of iterations: how many workers send differs between iterations, and all variants
/// must execute the same ones.
void thousand_workers_too(benchmark::internal::Benchmark* benchmark) {
  ten_workers(benchmark);
  benchmark->Args({1000, 1})->Args({1000, 2})->Iterations(50);
}
BENCHMARK_CAPTURE(iteration, sgd, std::string("sgd"))->Apply(ten_workers);
BENCHMARK_CAPTURE(iteration, sparse, std::string("sparse"))->Apply(ten_workers);
BENCHMARK_CAPTURE(iteration, lasg, std::string("lasg"))->Apply(ten_workers);
BENCHMARK_CAPTURE(iteration, sasg, std::string("sasg"))->Apply(thousand_workers_too);

void thousand_nodes_too(benchmark::internal::Benchmark* benchmark) {
  ten_workers(benchmark);
  benchmark->Args({1000, 2});
}
BENCHMARK_CAPTURE(gossip_iteration, d_psgd, std::string("d_psgd"))->Apply(thousand_nodes_too);
BENCHMARK_CAPTURE(gossip_iteration, choco, std::string("choco"))->Apply(thousand_nodes_too);
BENCHMARK_CAPTURE(gossip_iteration, malcom, std::string("malcom"))->Apply(ten_workers);

BENCHMARK_CAPTURE(asynchronous_iteration, downpour, std::string("downpour"))->Apply(ten_workers);
BENCHMARK_CAPTURE(asynchronous_iteration, eamsgd, std::string("eamsgd"))->Apply(ten_workers);

/// SimGrid and the actors, in a separate process; `workers` on a star with sequential reception.
void simulated_iteration(benchmark::State& state) {
  const std::string command = std::string(GRADWIRE_SIMULATION_BENCH) + " " +
                              std::to_string(state.range(0)) + " " +
                              std::to_string(200'000 / state.range(0));
  for (auto _ : state) {
    const std::unique_ptr<FILE, int (*)(FILE*)> program(popen(command.c_str(), "r"), pclose);
    double seconds = 0.0;
    if (!program || std::fscanf(program.get(), "%lf", &seconds) != 1) {
      state.SkipWithError("gradwire_bench_simulation failed");
      return;
    }
    state.SetIterationTime(seconds);
  }
  state.counters["messages"] = static_cast<double>(2 * state.range(0));
}
BENCHMARK(simulated_iteration)
    ->ArgName("workers")
    ->Arg(10)
    ->Arg(1000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gradwire
