#include "sim/commands/sweeps/replay.hpp"

#include <memory>
#include <string>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/commands/sweeps/override_options.hpp"
#include "sim/commands/sweeps/sweep_command.hpp"
#include "sim/commands/tcp/replay_tcp.hpp"

namespace gradwire::commands {
namespace {

struct ReplayOptions {
  std::vector<std::filesystem::path> results;
  sweep::Overrides selection;
  SweepCommand sweep;
  ReplayTcp tcp;
  bool relearns = false;
};

int replay(const ReplayOptions& options) {
  if (!options.tcp.role.empty()) {
    return replay_over_tcp(options.tcp, options.results, options.selection, options.sweep);
  }
  require_no_tcp_options(options.tcp);
  require_results(options.results);
  const sweep::Plan plan = sweep::plan_replay(options.results, options.selection, options.relearns);
  return run_plan(plan, options.selection, options.sweep, [&options] {
    return sweep::plan_replay(options.results, {options.selection.set, {}}, options.relearns);
  });
}

}  // namespace

void add_replay(Command& app, int& status) {
  auto options = std::make_shared<ReplayOptions>();
  Command* command = app.add_subcommand(
      "replay", "Send recorded runs through another network, without learning again");
  command
      ->add_option("results", options->results,
                   "Results folders, or folders of single runs. What is set may be platform, "
                   "network_model, network_factors, protocol, wire, compute and baseline; an "
                   "experiment whose base has {\"replay\": \"RESULTS\"} sweeps them (gradwire run)")
      ->type_name("RESULTS");
  command->add_flag("--relearn", options->relearns,
                    "Learn the runs again whose learning depends on the network (protocol.kind "
                    "asynchronous, on_failure go_on) and which cannot be replayed");
  add_sweep_options(*command, options->sweep);
  add_learning_options(*command, options->sweep);
  add_override_options(*command, options->selection);
  add_tcp_options(*command, options->tcp);
  command->footer(
      "Example:\n  gradwire replay results/quickstart -o /tmp/slow --set platform.uplink=10Mbps\n"
      "The same messages between real hosts, measured (of three workers):\n"
      "  gradwire replay results/quickstart --tcp server --iterations 100     on the server's "
      "host\n"
      "  gradwire replay --tcp worker=0 --connect SERVER                      on a worker's host\n"
      "  gradwire replay --tcp worker=1 --connect SERVER                      on another's, ...");
  command->callback([options, &status] { status = replay(*options); });
}

}  // namespace gradwire::commands
