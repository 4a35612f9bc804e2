// One whole iteration of each method on the paper's FC net, 10 workers, batch 10: gradients, send
// rules, selection, the server's step; and the simulated network's share of it.

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <string>
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
  return {.algorithm = {.name = method}, .workers = workers, .gamma = [](std::int64_t) {
            return algorithms::everywhere(0.005);
          }};
}

void iterate(actors::Learner& learner) {
  learner.next();
  learner.finish();
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
  const IterationWork& next() override { return work_; }
  void finish() override {}

 private:
  IterationWork work_{.model = {1'628'200},
                      .workers = std::vector<WorkerWork>(
                          workers, {.values = 4071, .payload = {130'272}, .encoded = {260'544}})};
};

/// One engine a process, so this is the one benchmark that simulates; items are messages. Nothing
/// is remembered.
void simulated_iteration(benchmark::State& state) {
  Idle idle;
  network::Simulation simulation({});
  const auto platform = build_platform(simulation, {}, workers);
  const actors::ParameterServer server{
      .protocol = {},
      .weighing = actors::Weighing({.compute = {}, .wire = {.index = "none"}, .skip_flag = {1}}),
      .remembers = false};
  server.run(simulation, platform, idle,
             [&](const IterationRecord&) { return state.KeepRunning(); });
  state.SetItemsProcessed(state.iterations() * 2 * workers);
}
BENCHMARK(simulated_iteration)->Iterations(20'000);

}  // namespace
}  // namespace gradwire
