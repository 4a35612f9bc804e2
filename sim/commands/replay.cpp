#include "sim/commands/replay.hpp"

#include <memory>
#include <string>
#include <vector>

#include "sim/commands/selection_options.hpp"
#include "sim/commands/sweep_command.hpp"

namespace gradwire::commands {
namespace {

struct Options {
  std::vector<std::filesystem::path> results;
  experiment::Selection selection;
  SweepCommand sweep;
};

int replay(const Options& options) {
  const experiment::Plan plan = experiment::plan_replay(options.results, options.selection);
  return perform(plan, options.selection, options.sweep, [&options] {
    return experiment::plan_replay(options.results, {options.selection.set, {}});
  });
}

}  // namespace

void add_replay(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "replay", "Send recorded runs through another network, without learning again");
  command
      ->add_option("results", options->results,
                   "Results folders, or folders of single runs. What is set may be platform, "
                   "network_model, network_factors, protocol, wire, compute and baseline; an "
                   "experiment whose base has {\"replay\": \"RESULTS\"} sweeps them (gradwire run)")
      ->required()
      ->type_name("RESULTS");
  add_sweep_options(*command, options->sweep);
  add_selection_options(*command, options->selection);
  command->footer(
      "Example:\n  gradwire replay results/quickstart -o /tmp/slow --set platform.uplink=10Mbps");
  command->callback([options, &status] { status = replay(*options); });
}

}  // namespace gradwire::commands
