#include "sim/experiment/replay_scenario.hpp"

#include <string>

#include "sim/actors/recorded.hpp"
#include "sim/core/error.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/simulate.hpp"

namespace gradwire::experiment {
namespace {

void check_same_learning(const Scenario& scenario, const TraceReader& trace) {
  if (trace.header().learning != learning_digest(scenario)) {
    throw InputError(trace.name(),
                     "was recorded under other settings of learning than this scenario's");
  }
}

Evaluation evaluation(const IterationWork& work, const TraceReader& trace) {
  if (work.test) return *work.test;
  throw InputError(trace.name(), "iteration " + std::to_string(trace.iterations_read()) +
                                     " was not evaluated when it was recorded");
}

}  // namespace

Summary replay_scenario(const Scenario& scenario, TraceReader& trace, int threads,
                        const RunOutput& output) {
  const Stopwatch watch;
  const TraceHeader& header = trace.header();
  check_same_learning(scenario, trace);
  actors::Recorded iterations(trace);
  Recorder recorder(scenario, header.iterations_per_epoch,
                    {.evaluate = [&] { return evaluation(iterations.work(), trace); },
                     .model_is_finite = [&] { return !header.diverged || !trace.at_end(); },
                     .write = output.metrics,
                     .report = output.progress});
  const auto on_iteration = [&](const IterationRecord& record) {
    const bool go_on = recorder.on_iteration(record);
    if (output.iteration) output.iteration(record);
    return go_on;
  };
  const Simulated simulated = simulate(scenario, iterations, on_iteration);

  Summary summary = recorder.summary();
  hold_books_together(summary.communication, simulated.books);
  summary.energy = simulated.energy;
  summary.server_state = header.server_state;
  summary.worker_state = header.worker_state;
  summary.parameters = header.parameters;
  summary.reduction = scenario.algorithm.reduction;
  summary.blas = header.blas;
  summary.threads = threads;
  summary.wall.total = watch.elapsed().value;
  summary.wall.simulate = summary.wall.total - summary.wall.evaluate;
  return summary;
}

}  // namespace gradwire::experiment
