// One whole iteration of each method on the paper's FC net, 10 workers, batch 10: gradients, send
// rules, selection, the server's step; and the simulated network's share of it.

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/actors/learner.hpp"
#include "sim/actors/parameter_server.hpp"
#include "sim/learn/make_problem.hpp"

namespace gradwire {
namespace {

constexpr int workers = 10;

Problem& fc_mnist() {
  // Gaussian classes of MNIST's size: the arithmetic does not know the difference.
  static const auto problem = learn::make_problem({.dataset = {.name = "synthetic",
                                                               .train_samples = 6000,
                                                               .test_samples = 10000,
                                                               .dimension = 784},
                                                   .workers = workers},
                                                  1, std::nullopt);
  return *problem;
}

actors::Learner::Config config_of(const std::string& method) {
  return {.algorithm = {.name = method},
          .wire = {},
          .workers = workers,
          .skip_flag = {1},
          .gamma = [](std::int64_t) { return algorithms::everywhere(0.005); }};
}

void iterate(actors::Learner& learner) {
  learner.begin();
  std::vector<actors::TaskPool::Pending<actors::Upload>> pending;
  for (int m = 0; m < workers; ++m) pending.push_back(learner.start(m));
  std::vector<actors::Upload> uploads;
  for (auto& step : pending) uploads.push_back(step.get());
  learner.finish(std::move(uploads));
}

/// Evaluation excluded; the first 20 iterations, in which lazy methods warm up, are not counted.
void iteration(benchmark::State& state, const std::string& method) {
  actors::TaskPool pool(static_cast<int>(state.range(0)));
  actors::Learner learner(config_of(method), fc_mnist(), pool);
  for (int t = 0; t < 20; ++t) iterate(learner);

  for (auto _ : state) iterate(learner);
}
BENCHMARK_CAPTURE(iteration, sgd, std::string("sgd"))->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(iteration, sparse, std::string("sparse"))->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(iteration, lasg, std::string("lasg"))->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(iteration, sasg, std::string("sasg"))->Arg(1)->Arg(2)->UseRealTime();

/// Iterations in which nobody learns: what is left is SimGrid and the actors.
class Idle : public actors::Iterations {
 public:
  explicit Idle(actors::TaskPool& pool) : pool_(pool) {}
  Bytes begin() override { return {1'628'200}; }
  [[nodiscard]] actors::GradientCount gradients(int) const override { return {}; }
  actors::TaskPool::Pending<actors::Upload> start(int) override {
    return pool_.start(
        [] { return actors::Upload{.message = algorithms::Skip{}, .wire = {32'568}}; });
  }
  void finish(std::vector<actors::Upload>) override {}

 private:
  actors::TaskPool& pool_;
};

/// One engine a process, so this is the one benchmark that simulates; items are messages.
void simulated_iteration(benchmark::State& state) {
  actors::TaskPool pool(1);
  Idle idle(pool);
  network::Simulation simulation({});
  const auto platform = build_platform(simulation, {}, workers);
  actors::run_parameter_server(simulation, platform, {}, {}, idle,
                               [&](const IterationRecord&) { return state.KeepRunning(); });
  state.SetItemsProcessed(state.iterations() * 2 * workers);
}
BENCHMARK(simulated_iteration)->Iterations(20'000);

}  // namespace
}  // namespace gradwire
