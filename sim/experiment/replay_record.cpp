#include "sim/experiment/replay_record.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "sim/actors/recorded.hpp"
#include "sim/core/error.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/experiment/scenario_json.hpp"

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

Summary record_replay(const Scenario& scenario, TraceReader& trace, int threads,
                      const RunOutput& output, const Play& play) {
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
  const actors::Books books = play(iterations, on_iteration);

  Summary summary = recorder.summary();
  hold_books_together(summary.communication, books);
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

void hold_books_together(const Communication& algorithms, const actors::Books& books) {
  const Bytes total = algorithms.uplink_wire + algorithms.downlink_wire;
  if (algorithms.uplink_wire != books.uplink || algorithms.downlink_wire != books.downlink ||
      total != books.carried) {
    throw std::logic_error(
        fmt::format("the books do not agree: the algorithms sent {} + {} bytes (up + down), the "
                    "channels {} + {}, the links carried {}",
                    algorithms.uplink_wire.value, algorithms.downlink_wire.value,
                    books.uplink.value, books.downlink.value, books.carried.value));
  }
}

}  // namespace gradwire::experiment
