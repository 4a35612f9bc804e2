#include "sim/commands/synthesize/synthesize.hpp"

#include <memory>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/commands/sweeps/override_options.hpp"
#include "sim/commands/sweeps/sweep_command.hpp"
#include "sim/commands/synthesize/synthetic_trace.hpp"
#include "sim/core/error.hpp"
#include "sim/core/temporary_folder.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::commands {
namespace {

struct SynthesizeOptions {
  std::string file;
  sweep::Overrides selection;
  SweepCommand sweep;
  Synthesis synthesis;
  std::string skips;
};

int synthesize(SynthesizeOptions& options) {
  sweep::Plan plan = sweep::plan_experiment(options.file, options.selection);
  if (!options.skips.empty()) options.synthesis.skips = read_skips(options.skips);
  plan.document["gradwire"]["synthetic"] = true;
  const TemporaryFolder folder("synthesize");
  for (scenario::PlannedRun& run : plan.runs) {
    if (run.recorded)
      throw InputError(options.file, "replays recorded runs; nothing to synthesize");
    const std::filesystem::path trace = folder.path() / (run.id + ".bin");
    results::write_atomically(trace, synthetic_trace(run.scenario, options.synthesis));
    run.recorded = scenario::RecordedRun{.trace = trace};
  }
  return run_plan(plan, options.selection, options.sweep, [&options] {
    return sweep::plan_experiment(options.file, {options.selection.set, {}});
  });
}

}  // namespace

void add_synthesize(Command& app, int& status) {
  auto options = std::make_shared<SynthesizeOptions>();
  Command* command = app.add_subcommand(
      "synthesize",
      "Time an experiment without learning: made-up traces with given sizes, for models that are "
      "not here and for more workers than can learn");
  command->add_option("experiment", options->file, "Experiment file")
      ->required()
      ->type_name("EXPERIMENT.json");
  command
      ->add_option("--parameters", options->synthesis.parameters,
                   "d, of a model of one tensor; default: the tensors of the experiment's model")
      ->type_name("N")
      ->between(std::int64_t{1}, std::int64_t{4'000'000'000});
  command
      ->add_option("--values", options->synthesis.values,
                   "k, values of a sparse upload; default: density times d")
      ->type_name("N")
      ->between(std::int64_t{1}, std::int64_t{4'000'000'000});
  command
      ->add_option("--iterations-per-epoch", options->synthesis.iterations_per_epoch,
                   "How many an epoch has")
      ->required()
      ->type_name("N")
      ->between(std::int64_t{1}, std::int64_t{1'000'000'000});
  command
      ->add_option("--skips", options->skips,
                   "CSV with the columns algorithm, seed, epoch, skipped: how often workers of a "
                   "lazy method stay silent; default: never")
      ->type_name("FILE.csv");
  add_sweep_options(*command, options->sweep);
  add_override_options(*command, options->selection);
  command->footer(
      "Example:\n  gradwire synthesize experiments/resnet18-uploads.json --parameters 11173962 "
      "--values 111723 --iterations-per-epoch 500 --skips experiments/resnet18-skips.csv");
  command->callback([options, &status] { status = synthesize(*options); });
}

}  // namespace gradwire::commands
