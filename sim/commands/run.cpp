#include "sim/commands/run.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sim/commands/selection_options.hpp"
#include "sim/commands/sweep_command.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/experiment_file.hpp"
#include "sim/learn/catalogue.hpp"

namespace gradwire::commands {
namespace {

using experiment::PlannedRun;

struct Options {
  std::string file;
  experiment::Selection selection;
  SweepCommand sweep;
};

/// Of a dataset, or of several joined by "+".
std::int64_t training_samples(const std::string& name,
                              const std::optional<std::filesystem::path>& data) {
  const std::size_t plus = name.find('+');
  const auto first = learn::check_dataset(name.substr(0, plus), data).train_samples;
  return plus == std::string::npos ? first : first + training_samples(name.substr(plus + 1), data);
}

/// Missing or broken data, and more workers than they have samples, are wrong input: said before
/// anything is written.
void check_data(const experiment::Plan& plan, const Options& options,
                const experiment::SweepOptions& sweep) {
  std::map<std::string, std::int64_t> samples;
  for (const PlannedRun& run : plan.runs) {
    if (run.recorded) continue;
    const experiment::Scenario& scenario = run.scenario;
    const std::string& name = scenario.dataset.name;
    if (name == "synthetic") continue;  // checked with the experiment
    if (!samples.contains(name)) samples[name] = training_samples(name, sweep.data);
    const std::int64_t needed = std::int64_t{scenario.workers} * scenario.batch_size;
    if (needed <= samples[name]) continue;
    throw InputError(options.file + ": " + experiment::pointer_to(plan, run, "workers"),
                     fmt::format("workers * batch_size must be at most {}, the training samples of "
                                 "{}, got {} * {}",
                                 samples[name], name, scenario.workers, scenario.batch_size));
  }
}

int run(const Options& options) {
  const experiment::Plan plan = experiment::plan_experiment(options.file, options.selection);
  check_data(plan, options, sweep_options(options.sweep, plan.runs.size()));
  return perform(plan, options.selection, options.sweep, [&options] {
    return experiment::plan_experiment(options.file, {options.selection.set, {}});
  });
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Run an experiment; goes on where it was stopped");
  command->add_option("experiment", options->file, "Experiment file, or a run's scenario.json")
      ->required()
      ->type_name("EXPERIMENT.json");
  add_sweep_options(*command, options->sweep);
  add_learning_options(*command, options->sweep);
  add_selection_options(*command, options->selection);
  command->footer(
      "Example:\n  gradwire run experiments/quickstart.json -o /tmp/quick -j 2 --set epochs=2 "
      "--filter algorithm=sasg");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace gradwire::commands
