#include "sim/commands/verify.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "sim/commands/sweep_command.hpp"
#include "sim/commands/temporary_folder.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/experiment/recordings.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/summary_file.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using experiment::Json;
using experiment::PlannedRun;

struct Options {
  std::vector<fs::path> results;
  bool replay = false;
  SweepCommand sweep;
};

/// A summary without what differs from one time to the next.
Json lasting(const fs::path& summary) {
  Json json = experiment::read_summary(summary);
  json.erase("wall");
  if (json.contains("environment")) json["environment"].erase("threads");
  return json;
}

std::string content(const fs::path& file) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) throw InputError(file.string(), refused);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The first file in which two folders of one run differ; "" if none does.
std::string difference(const fs::path& was, const fs::path& is) {
  for (const char* file : {"scenario.json", "metrics.csv", experiment::trace_file}) {
    if (content(was / file) != content(is / file)) {
      return file;
    }
  }
  return lasting(was / "summary.json") == lasting(is / "summary.json") ? "" : "summary.json";
}

void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// Runs of the folders, to be done again from their own scenarios.
experiment::Plan plan_again(const Options& options) {
  experiment::Plan plan = experiment::plan_replay(options.results);
  for (PlannedRun& run : plan.runs) {
    const fs::path folder = run.recorded->trace.parent_path();
    if (!options.replay && !experiment::was_not_learned(folder)) run.recorded.reset();
  }
  experiment::require_replayable(plan);
  return plan;
}

/// Throws InputError for a run whose times nothing gives again.
void require_simulated(const experiment::Plan& recorded) {
  for (const PlannedRun& run : recorded.runs) {
    const fs::path folder = run.recorded->trace.parent_path();
    if (experiment::read_summary(folder / "summary.json").contains("measured")) {
      throw InputError(folder.string(), "was measured over TCP: its times cannot be had again");
    }
  }
}

/// How many runs came out the same; tells of the others.
std::size_t compare(const experiment::Plan& recorded, const experiment::ResultsFolder& again) {
  std::size_t same = 0;
  for (const PlannedRun& run : recorded.runs) {
    if (!again.is_complete(run)) continue;
    const fs::path was = run.recorded->trace.parent_path();
    const std::string file = difference(was, again.folder(run));
    if (file.empty()) ++same;
    if (!file.empty()) tell(fmt::format("{}: {} differs", was.string(), file));
  }
  return same;
}

int verify(const Options& options) {
  const experiment::Plan recorded = experiment::plan_replay(options.results);
  require_simulated(recorded);
  const experiment::Plan plan = plan_again(options);
  const TemporaryFolder folder("verify");
  experiment::SweepReport report;
  std::size_t same = 0;
  {
    const experiment::ResultsFolder again(folder.path());
    report =
        experiment::run_sweep(plan.runs, again, sweep_options(options.sweep, plan.runs.size()));
    for (const std::string& failure : report.failures) tell(failure);
    if (report.interrupted_by == 0) same = compare(recorded, again);
  }
  if (report.interrupted_by != 0) {
    tell("interrupted: nothing is verified");
    return 128 + report.interrupted_by;
  }
  fmt::print("{} of {} runs are the same, byte for byte\n", same, plan.runs.size());
  return same == plan.runs.size() ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify", "Run results again and compare them byte for byte (but for the wall clock)");
  command->add_option("results", options->results, "Results folders, or folders of single runs")
      ->required()
      ->type_name("RESULTS");
  command->add_flag("--replay", options->replay,
                    "Send the recorded iterations through the network again instead of learning "
                    "them: seconds instead of hours");
  command->add_option("-j,--jobs", options->sweep.jobs, "Runs at a time; default: one a core")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_flag("--quiet", options->sweep.quiet, "No progress");
  add_learning_options(*command, options->sweep);
  command->footer("Example:\n  gradwire verify results/quickstart");
  command->callback([options, &status] { status = verify(*options); });
}

}  // namespace gradwire::commands
