#include "sim/run/replay_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "sim/core/error.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/training/learned_source.hpp"
#include "sim/training/trace_source.hpp"

namespace gradwire::run {
namespace {

/// Called before any memory of the trace's size is allocated.
void check_size(const scenario::Scenario& scenario, const TraceReader& trace) {
  const TraceHeader& header = trace.header();
  if (header.workers != scenario.workers) {
    throw InputError(trace.name(), fmt::format("is of {} workers, the scenario has {}",
                                               header.workers, scenario.workers));
  }
  const std::int64_t planned = results::planned_iterations(scenario, header.iterations_per_epoch);
  if (header.iterations > planned) {
    throw InputError(trace.name(), fmt::format("has {} iterations, the scenario at most {}",
                                               header.iterations, planned));
  }
}

void check_same_learning(const scenario::Scenario& scenario, const TraceReader& trace) {
  if (trace.header().learning != scenario::learning_digest(scenario)) {
    throw InputError(trace.name(),
                     "was recorded under other settings of learning than this scenario's");
  }
}

/// The evaluation after the newest iteration, with all accuracies in `wanted`.
Evaluation evaluation(const IterationWork& work, const TraceReader& trace,
                      const results::ExtraColumns& wanted) {
  const auto fail = [&trace](const std::string& what) {
    throw InputError(trace.name(), fmt::format("iteration {} {}", trace.iterations_read(), what));
  };
  if (!work.test) fail("was not evaluated when it was recorded");
  if (wanted.top5 && !work.test->top5_accuracy) fail("was recorded without its top-5 accuracy");
  for (const std::string& source : wanted.sources) {
    if (std::ranges::find(work.test->sources, source, &SourceAccuracy::source) ==
        work.test->sources.end()) {
      fail("was recorded without the accuracy on " + source);
    }
  }
  return *work.test;
}

}  // namespace

results::Summary record_replay(const scenario::Scenario& scenario, TraceReader& trace, int threads,
                               const results::RunSink& output, const PlayFunction& play) {
  const Stopwatch watch;
  const TraceHeader& header = trace.header();
  check_same_learning(scenario, trace);
  check_size(scenario, trace);
  training::TraceSource iterations(trace);
  results::Recorder recorder(
      scenario, header.iterations_per_epoch,
      {.evaluate =
           [&] { return evaluation(iterations.work(), trace, results::extra_columns(scenario)); },
       .model_is_finite = [&] { return !header.diverged || !trace.at_end(); },
       .write = output.metrics,
       .report = output.progress},
      iterations.encodings());
  training::LearnedSource learned(iterations, [&](std::int64_t iteration) {
    return recorder.on_learned(iteration, iterations.work().train);
  });
  const auto on_iteration = [&](const IterationRecord& record) {
    recorder.on_timed(record);
    if (output.iteration) output.iteration(record);
    return recorder.has_more();
  };
  const cost::ByteLedger ledger = play(learned, on_iteration);

  results::Summary summary = recorder.summary();
  check_conservation(summary.communication, ledger);
  summary.server_state = header.server_state;
  summary.worker_state = header.worker_state;
  summary.parameters = header.parameters;
  summary.blas = header.blas;
  summary.threads = threads;
  const bool is_same_end = trace.at_end() && !header.model.empty();
  if (is_same_end) summary.model_digest = header.model;
  summary.wall.total = watch.elapsed().value;
  summary.wall.simulate = summary.wall.total - summary.wall.evaluate;
  return summary;
}

void check_conservation(const Communication& algorithms, const cost::ByteLedger& ledger) {
  const Bytes total = algorithms.uplink_wire + algorithms.downlink_wire;
  if (algorithms.uplink_wire != ledger.uplink || algorithms.downlink_wire != ledger.downlink ||
      total != ledger.carried) {
    throw std::logic_error(
        fmt::format("the books do not agree: the algorithms sent {} + {} bytes (up + down), the "
                    "channels {} + {}, the links carried {}",
                    algorithms.uplink_wire.value, algorithms.downlink_wire.value,
                    ledger.uplink.value, ledger.downlink.value, ledger.carried.value));
  }
}

}  // namespace gradwire::run
