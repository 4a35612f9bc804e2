#include <filesystem>
#include <fstream>

#include "sim/actors/learner.hpp"
#include "sim/core/trace.hpp"
#include "sim/experiment/recorder.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/schedule.hpp"
#include "sim/experiment/simulate.hpp"
#include "tests/support/quadratic.hpp"

/// quadratic-run SCENARIO.json FOLDER: a run of the scenario with a quadratic in place of its data
/// and model; metrics.csv and trace.bin come into FOLDER. One a process, as every simulation.
int main(int argc, char** argv) {
  using namespace gradwire;
  if (argc != 3) return 2;
  const auto scenario = experiment::load_scenario(argv[1]);
  const std::filesystem::path folder = argv[2];

  testing_support::Quadratic problem(scenario.workers, testing_support::two_tensors(40),
                                     scenario.seed, 0.5);
  const std::int64_t per_epoch = problem.iterations_per_epoch();
  actors::TaskPool pool(2);
  actors::Learner learner(
      {.algorithm = scenario.algorithm,
       .workers = scenario.workers,
       .gamma = [&](std::int64_t t) { return experiment::step_size(scenario.learning_rate, t, per_epoch); },
       .may_miss = scenario.protocol.on_failure == "go_on"},
      problem, pool);
  std::ofstream metrics(folder / "metrics.csv", std::ios::binary);
  std::optional<Evaluation> newest;
  experiment::Recorder recorder(
      scenario, per_epoch,
      {.evaluate = [&] { return *(newest = problem.evaluate(learner.model())); },
       .model_is_finite = [] { return true; },
       .write = [&](const std::string& rows) { metrics << rows; },
       .report = [](const experiment::Progress&) {}});
  TraceWriter trace;

  experiment::simulate(scenario, learner, [&](const IterationRecord& record) {
    newest.reset();
    const bool go_on = recorder.on_iteration(record);
    trace.add(learner.work(), newest);
    return go_on;
  });

  std::ofstream(folder / "trace.bin", std::ios::binary)
      << trace.file({.workers = scenario.workers,
                     .iterations = recorder.summary().iterations,
                     .iterations_per_epoch = per_epoch,
                     .parameters = static_cast<std::int64_t>(problem.layout().size()),
                     .server_state = learner.server_state_bytes(),
                     .worker_state = learner.worker_state_bytes(),
                     .diverged = false,
                     .blas = "none",
                     .learning = ""});
  return 0;
}
