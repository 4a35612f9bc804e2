#include <filesystem>
#include <fstream>

#include "sim/results/recorder.hpp"
#include "sim/run/simulate.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/schedule.hpp"
#include "sim/trace/trace.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/support/quadratic.hpp"

/// quadratic-run SCENARIO.json FOLDER: runs the scenario with a quadratic in place of its data and
/// model, and writes metrics.csv and trace.bin into FOLDER. One scenario per process, because
/// SimGrid keeps the clock and the configuration in globals.
int main(int argc, char** argv) {
  using namespace gradwire;
  if (argc != 3) return 2;
  const auto scenario = scenario::load_scenario(argv[1]);
  const std::filesystem::path folder = argv[2];

  testing_support::Quadratic problem(scenario.workers, testing_support::two_tensors(40),
                                     scenario.seed, 0.5);
  const std::int64_t per_epoch = problem.iterations_per_epoch();
  training::TaskPool pool(2);
  training::SynchronousTrainer trainer(
      {.algorithm = scenario.algorithm,
       .workers = scenario.workers,
       .seed = scenario.seed,
       .gamma =
           [&](std::int64_t t) {
             return scenario::step_size(scenario.learning_rate, scenario.epochs, t, per_epoch);
           },
       .may_drop = scenario.protocol.on_failure == protocols::OnFailure::go_on},
      problem, pool);
  std::ofstream metrics(folder / "metrics.csv", std::ios::binary);
  std::optional<Evaluation> newest;
  results::Recorder recorder(
      scenario, per_epoch,
      {.evaluate = [&] { return *(newest = problem.evaluate(trainer.model())); },
       .model_is_finite = [] { return true; },
       .write = [&](const std::string& rows) { metrics << rows; },
       .report = [](const results::Progress&) {}});
  TraceWriter trace(trainer.encodings());

  run::simulate(scenario, trainer, [&](const IterationRecord& record) {
    newest.reset();
    const bool go_on = recorder.on_iteration(record);
    trace.add(trainer.work(), newest);
    return go_on;
  });

  std::ofstream(folder / "trace.bin", std::ios::binary)
      << trace.file({.workers = scenario.workers,
                     .iterations = recorder.summary().iterations,
                     .iterations_per_epoch = per_epoch,
                     .parameters = static_cast<std::int64_t>(problem.layout().size()),
                     .server_state = trainer.server_state_bytes(),
                     .worker_state = trainer.worker_state_bytes(),
                     .diverged = false,
                     .blas = "none",
                     .learning = ""});
  return 0;
}
