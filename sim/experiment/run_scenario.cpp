#include "sim/experiment/run_scenario.hpp"

#include <cmath>
#include <memory>

#include "sim/actors/continued.hpp"
#include "sim/actors/learner.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/core/trace.hpp"
#include "sim/experiment/replay_record.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/schedule.hpp"
#include "sim/experiment/simulate.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/make_problem.hpp"

namespace gradwire::experiment {
namespace {

actors::Learner::Config learner_config(const Scenario& scenario, std::int64_t per_epoch) {
  return {.algorithm = scenario.algorithm,
          .workers = scenario.workers,
          .gamma = [rate = scenario.learning_rate, per_epoch](
                       std::int64_t iteration) { return step_size(rate, iteration, per_epoch); },
          .may_miss = scenario.protocol.on_failure == "go_on"};
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
  draws.models = algorithms::method(scenario.algorithm.name).models_in_notebook;
  return draws;
}

/// The trace's view of a run.
TraceHeader trace_header(const Scenario& scenario, const Summary& summary,
                         std::int64_t iterations_per_epoch) {
  return {.workers = scenario.workers,
          .iterations = summary.iterations,
          .iterations_per_epoch = iterations_per_epoch,
          .parameters = summary.parameters,
          .server_state = summary.server_state,
          .worker_state = summary.worker_state,
          .diverged = summary.status == "diverged",
          .blas = summary.blas,
          .learning = learning_digest(scenario)};
}

/// What must be the same for a run to go on from a checkpoint.
std::string identity(const Scenario& scenario) {
  return scenario_hash(scenario) + "\n" + learn::blas_name();
}

/// The iterations before the checkpoint, behind which the learner then stands; null without one.
std::unique_ptr<TraceReader> recorded_past(Checkpoint& checkpoint, actors::Learner& learner) {
  const auto trace = checkpoint.read([&](std::istream& in) { learner.load(in); });
  return trace ? std::make_unique<TraceReader>(*trace, "checkpoint") : nullptr;
}

}  // namespace

RunResult run_scenario(const Scenario& scenario, const RunOptions& options,
                       const RunOutput& output) {
  const Stopwatch whole_watch;
  learn::use_one_thread_per_gradient();
  const auto problem =
      learn::make_problem(problem_config(scenario), draws_of(scenario), options.data);
  const std::int64_t per_epoch = problem->iterations_per_epoch();
  actors::TaskPool pool(options.threads);
  actors::Learner learner(learner_config(scenario, per_epoch), *problem, pool);
  Checkpoint checkpoint(options.checkpoint, identity(scenario));
  const auto past = recorded_past(checkpoint, learner);
  actors::Continued iterations(past.get(), learner);
  std::optional<Evaluation> newest;
  const DoParts on_the_pool = [&](std::size_t parts, const auto& part) { pool.each(parts, part); };
  const auto evaluate = [&] {
    return iterations.replaying() ? iterations.work().test.value()
                                  : problem->evaluate(learner.model(), on_the_pool);
  };
  Recorder recorder(
      scenario, per_epoch,
      {.evaluate = [&] { return *(newest = evaluate()); },
       .model_is_finite = [&] { return std::isfinite(learner.model()->squared_step); },
       .write = output.metrics,
       .report = output.progress});
  TraceWriter trace;

  const Stopwatch simulation_watch;
  double recording = 0.0;
  const auto on_iteration = [&](const IterationRecord& record) {
    const Stopwatch record_watch;
    newest.reset();
    const bool go_on = recorder.on_iteration(record);
    trace.add(iterations.work(), newest);
    if (output.iteration) output.iteration(record);
    if (go_on && !iterations.replaying() && checkpoint.due(record.iteration)) {
      checkpoint.write(trace.file(trace_header(scenario, recorder.summary(), per_epoch)),
                       [&](std::ostream& out) { learner.save(out); });
      if (checkpoint.stop_asked()) throw Stopped{};
    }
    recording += record_watch.elapsed().value;
    return go_on;
  };
  const Simulated simulated = simulate(scenario, iterations, on_iteration);
  const double simulating = simulation_watch.elapsed().value - recording;

  Summary summary = recorder.summary();
  hold_books_together(summary.communication, simulated.books);
  summary.energy = simulated.energy;
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
  return {summary, trace.file(trace_header(scenario, summary, per_epoch))};
}

}  // namespace gradwire::experiment
