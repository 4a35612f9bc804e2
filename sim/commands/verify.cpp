#include "sim/commands/verify.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

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
#include "sim/experiment/json_file.hpp"
#include "sim/experiment/metrics.hpp"
#include "sim/experiment/results_folder.hpp"

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
  Json json = experiment::read_json_file(summary);
  json.erase("wall");
  if (json.contains("environment")) json["environment"].erase("threads");
  return json;
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// What came out of comparing two folders of one run.
struct Outcome {
  std::string differs;               ///< the first file that does; "" if none does
  std::vector<std::string> missing;  ///< columns that the first's older metrics.csv lacks
};

/// Compares the columns that both have.
bool same_metrics(const fs::path& was, const fs::path& is, Outcome& outcome) {
  const std::string before = content(was), now = content(is);
  if (before == now) return true;
  const auto cut = experiment::cut_to_columns_of(before, now);
  if (!cut || cut->text != before) return false;
  outcome.missing = cut->dropped;
  return true;
}

Outcome compared(const fs::path& was, const fs::path& is) {
  Outcome outcome;
  const auto same = [&](const char* file) { return content(was / file) == content(is / file); };
  if (!same("scenario.json")) {
    outcome.differs = "scenario.json";
  } else if (!same_metrics(was / "metrics.csv", is / "metrics.csv", outcome)) {
    outcome.differs = "metrics.csv";
  } else if (!same(experiment::trace_file)) {
    outcome.differs = experiment::trace_file;
  } else if (lasting(was / "summary.json") != lasting(is / "summary.json")) {
    outcome.differs = "summary.json";
  }
  return outcome;
}

void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// The results of a replay are replayed, not learned: that is how they came about.
bool was_replayed(const fs::path& run) {
  const fs::path file = run.parent_path().parent_path() / "experiment.json";
  if (!fs::is_regular_file(file)) return false;
  return experiment::read_json_file(file).value("base", Json::object()).contains("replay");
}

/// Runs of the folders, to be done again from their own scenarios.
experiment::Plan plan_again(const Options& options) {
  experiment::Plan plan = experiment::plan_replay(options.results);
  for (PlannedRun& run : plan.runs) {
    if (!options.replay && !was_replayed(run.recorded->trace.parent_path())) run.recorded.reset();
  }
  experiment::require_replayable(plan);
  return plan;
}

/// Throws InputError for a run whose times nothing gives again.
void require_simulated(const experiment::Plan& recorded) {
  for (const PlannedRun& run : recorded.runs) {
    const fs::path folder = run.recorded->trace.parent_path();
    if (experiment::read_json_file(folder / "summary.json").contains("measured")) {
      throw InputError(folder.string(), "was measured over TCP: its times cannot be had again");
    }
  }
}

struct Verified {
  std::size_t same = 0;
  std::size_t older = 0;             ///< of them, runs whose metrics.csv lacks columns
  std::vector<std::string> missing;  ///< these columns, of the last such run
};

/// How many runs came out the same; prints the others.
Verified compare(const experiment::Plan& recorded, const experiment::ResultsFolder& again) {
  Verified verified;
  for (const PlannedRun& run : recorded.runs) {
    if (!again.is_complete(run)) continue;
    const fs::path was = run.recorded->trace.parent_path();
    const Outcome outcome = compared(was, again.folder(run));
    if (outcome.differs.empty()) ++verified.same;
    if (!outcome.differs.empty())
      tell(fmt::format("{}: {} differs", was.string(), outcome.differs));
    if (outcome.missing.empty()) continue;
    ++verified.older;
    verified.missing = outcome.missing;
  }
  return verified;
}

void tell_older(const Verified& verified) {
  if (verified.older == 0) return;
  tell(
      fmt::format("note: an older gradwire wrote metrics.csv of {} run{}, without the column{} {}; "
                  "the columns that are there were compared",
                  verified.older, verified.older == 1 ? "" : "s",
                  verified.missing.size() == 1 ? "" : "s", fmt::join(verified.missing, ", ")));
}

int verify(const Options& options) {
  const experiment::Plan recorded = experiment::plan_replay(options.results);
  require_simulated(recorded);
  const experiment::Plan plan = plan_again(options);
  const TemporaryFolder folder("verify");
  experiment::SweepReport report;
  Verified verified;
  {
    const experiment::ResultsFolder again(folder.path());
    report =
        experiment::run_sweep(plan.runs, again, sweep_options(options.sweep, plan.runs.size()));
    for (const std::string& failure : report.failures) tell(failure);
    if (report.interrupted_by == 0) verified = compare(recorded, again);
  }
  if (report.interrupted_by != 0) {
    tell("interrupted: nothing is verified");
    return 128 + report.interrupted_by;
  }
  tell_older(verified);
  fmt::print("{} of {} runs are the same, byte for byte\n", verified.same, plan.runs.size());
  return verified.same == plan.runs.size() ? 0 : 1;
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
