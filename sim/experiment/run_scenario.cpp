#include "sim/experiment/run_scenario.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "sim/actors/learner.hpp"
#include "sim/actors/parameter_server.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/experiment/schedule.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/make_problem.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::experiment {
namespace {

/// Three books of the same bytes: what the algorithms' messages weigh (summed by the recorder),
/// what the channels were given, and what SimGrid's network model carried to its end.
void hold_books_together(const Communication& algorithms, const actors::ChannelTotals& channels,
                         Bytes carried) {
  const Bytes total = algorithms.uplink_wire + algorithms.downlink_wire;
  if (algorithms.uplink_wire != channels.uplink || algorithms.downlink_wire != channels.downlink ||
      total != carried) {
    throw std::logic_error(
        fmt::format("the books do not agree: the algorithms sent {} + {} bytes (up + down), the "
                    "channels {} + {}, the links carried {}",
                    algorithms.uplink_wire.value, algorithms.downlink_wire.value,
                    channels.uplink.value, channels.downlink.value, carried.value));
  }
}

actors::Learner::Config learner_config(const Scenario& scenario, std::int64_t per_epoch) {
  return {.algorithm = scenario.algorithm,
          .wire = scenario.wire,
          .workers = scenario.workers,
          .skip_flag = {scenario.protocol.skip_flag_bytes},
          .gamma = [rate = scenario.learning_rate, per_epoch](std::int64_t iteration) {
            return step_size(rate, iteration, per_epoch);
          }};
}

learn::ProblemConfig problem_config(const Scenario& scenario) {
  return {.dataset = scenario.dataset,
          .model = scenario.model,
          .workers = scenario.workers,
          .batch_size = scenario.batch_size,
          .device = scenario.device};
}

learn::Draws draws_of(const Scenario& scenario) {
  learn::Draws draws(scenario.seed);
  draws.as_pytorch = scenario.draws == "pytorch";
  if (algorithms::method(scenario.algorithm.name).lazy) draws.models = 2;
  return draws;
}

/// Worker 0's machine is the server's where the scenario says so.
network::Platform placed(network::Platform platform, const Scenario& scenario) {
  if (scenario.protocol.server == "worker0") platform.server = platform.workers.front();
  return platform;
}

}  // namespace

Summary run_scenario(const Scenario& scenario, const RunOptions& options, const RunOutput& output) {
  const Stopwatch whole_watch;
  learn::use_one_thread_per_gradient();
  const auto problem =
      learn::make_problem(problem_config(scenario), draws_of(scenario), options.data);
  network::Simulation simulation(scenario.network);
  const auto platform =
      placed(build_platform(simulation, scenario.platform, scenario.workers), scenario);
  actors::TaskPool pool(options.threads);
  actors::Learner learner(learner_config(scenario, problem->iterations_per_epoch()), *problem,
                          pool);
  Recorder recorder(
      scenario, problem->iterations_per_epoch(),
      {.evaluate = [&] { return problem->evaluate(learner.model()); },
       .model_is_finite = [&] { return std::isfinite(learner.model()->squared_step); },
       .write = output.metrics,
       .report = output.progress});

  const Stopwatch simulation_watch;
  double recording = 0.0;
  const auto channels =
      actors::run_parameter_server(simulation, platform, scenario.protocol, scenario.compute,
                                   learner, [&](const IterationRecord& record) {
                                     const Stopwatch record_watch;
                                     const bool go_on = recorder.on_iteration(record);
                                     recording += record_watch.elapsed().value;
                                     return go_on;
                                   });
  const double simulating = simulation_watch.elapsed().value - recording;

  Summary summary = recorder.summary();
  hold_books_together(summary.communication, channels, simulation.carried());
  summary.server_state = learner.server_state_bytes();
  summary.worker_state = learner.worker_state_bytes();
  summary.parameters = static_cast<std::int64_t>(problem->layout().size());
  summary.reduction = scenario.algorithm.reduction;
  summary.blas = learn::blas_name();
  summary.threads = options.threads;
  summary.wall.gradient = learner.wall().gradient.value;
  summary.wall.rule = learner.wall().rule.value;
  summary.wall.simulate = simulating - learner.wall().on_caller.value;
  summary.wall.total = whole_watch.elapsed().value;
  return summary;
}

}  // namespace gradwire::experiment
