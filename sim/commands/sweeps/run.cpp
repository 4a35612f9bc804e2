#include "sim/commands/sweeps/run.hpp"

#include <cstddef>
#include <memory>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/commands/sweeps/learning_data.hpp"
#include "sim/commands/sweeps/model_command.hpp"
#include "sim/commands/sweeps/override_options.hpp"
#include "sim/commands/sweeps/sweep_command.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::commands {
namespace {

struct RunCommandOptions {
  std::string file;
  std::string shard;
  sweep::Overrides selection;
  SweepCommand sweep;
};

int run(RunCommandOptions& options) {
  sweep::Plan plan = sweep::plan_experiment(options.file, options.selection);
  if (!options.shard.empty()) {
    options.sweep.shard = sweep::parse_shard(options.shard);
    std::erase_if(plan.runs,
                  [&](const auto& planned) { return !options.sweep.shard->has(planned.id); });
  }
  const auto unfiltered = [&options] {
    return sweep::plan_experiment(options.file, {options.selection.set, {}});
  };
  require_commands(plan, options.file);
  const std::size_t unknown =
      check_data({.plan = plan,
                  .unfiltered = options.selection.filter.empty() ? plan : unfiltered(),
                  .file = options.file,
                  .results = results_folder_of(plan, options.sweep),
                  .sweep = sweep_options(options.sweep, plan.runs.size())});
  if (!options.sweep.quiet) print_unknown_data_note(unknown);
  return run_plan(plan, options.selection, options.sweep, unfiltered);
}

}  // namespace

void add_run(Command& app, int& status) {
  auto options = std::make_shared<RunCommandOptions>();
  Command* command = app.add_subcommand("run", "Run an experiment; continues where it was stopped");
  command->add_option("experiment", options->file, "Experiment file, or a run's scenario.json")
      ->required()
      ->type_name("EXPERIMENT.json");
  add_sweep_options(*command, options->sweep);
  add_learning_options(*command, options->sweep);
  command
      ->add_option("--shard", options->shard,
                   "Only the runs whose id hashes to I (from 0) of N. Shards of one experiment may "
                   "share DIR at the same time, also over a network file system")
      ->type_name("I/N");
  add_override_options(*command, options->selection);
  command->footer(
      "Example:\n  gradwire run experiments/quickstart.json -o /tmp/quick -j 2 --set epochs=2 "
      "--filter algorithm=sasg");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace gradwire::commands
