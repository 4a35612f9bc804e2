#include "sim/commands/verify.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/commands/learning_data.hpp"
#include "sim/commands/sweep_command.hpp"
#include "sim/commands/temporary_folder.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/experiment/json_file.hpp"
#include "sim/experiment/metrics.hpp"
#include "sim/experiment/recordings.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/summary.hpp"
#include "sim/experiment/summary_file.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using experiment::Json;
using experiment::PlannedRun;
using namespace nlohmann::literals;

struct Options {
  std::vector<fs::path> results;
  bool replay = false;
  SweepCommand sweep;
};

/// A JSON file's object.
Json read_object(const fs::path& file) {
  Json json = experiment::read_json_file(file);
  if (!json.is_object()) throw InputError(file.string(), "must be an object");
  return json;
}

/// The text at a pointer; none where there is something else.
std::optional<std::string> text_at(const Json& json, const char* pointer) {
  const Json::json_pointer place(pointer);
  if (!json.contains(place) || !json.at(place).is_string()) return std::nullopt;
  return json.at(place).get<std::string>();
}

/// A summary without what may differ from one time to the next, and without the sentences, which
/// explain what other members and the data say.
Json lasting(Json summary) {
  for (const char* key : {"wall", "data", "notes"}) summary.erase(key);
  const auto environment = summary.find("environment");
  if (environment != summary.end() && environment->is_object()) environment->erase("threads");
  return summary;
}

std::string content(const fs::path& file) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) throw InputError(file.string(), refused);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whether both say what they learned from, and that is not the same.
bool data_differ(const Json& was, const Json& is) {
  const auto then = experiment::data_of(was);
  const auto now = experiment::data_of(is);
  return then && now && *then != *now;
}

/// Whether two scenario.json are the same but for where the platform's file lay; its digest counts.
bool same_scenario(const fs::path& was, const fs::path& is) {
  if (content(was) == content(is)) return true;
  Json then = read_object(was), now = read_object(is);
  for (Json* scenario : {&then, &now}) {
    if (scenario->contains("platform")) (*scenario)["platform"].erase("path");
  }
  return then == now;
}

bool same_summary(const fs::path& was, const fs::path& is) {
  const Json then = experiment::read_summary(was), now = experiment::read_summary(is);
  return lasting(then) == lasting(now) && !data_differ(then, now);
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
  if (!same_scenario(was / "scenario.json", is / "scenario.json")) {
    outcome.differs = "scenario.json";
  } else if (!same_metrics(was / "metrics.csv", is / "metrics.csv", outcome)) {
    outcome.differs = "metrics.csv";
  } else if (content(was / experiment::trace_file) != content(is / experiment::trace_file)) {
    outcome.differs = experiment::trace_file;
  } else if (!same_summary(was / "summary.json", is / "summary.json")) {
    outcome.differs = "summary.json";
  }
  return outcome;
}

/// experiment.json of the results folder that a run lies in; empty without one.
Json experiment_of(const fs::path& run) {
  const fs::path file = run.parent_path().parent_path() / "experiment.json";
  return is_file(file) ? experiment::read_experiment_as_run(file) : Json::object();
}

/// What a run's numbers depend on besides its scenario, as far as both times it is known.
struct Surroundings {
  std::vector<std::string> changed;  ///< "environment.blas was X, is Y"
  std::vector<std::string> same;

  void add(const std::string& what, const std::optional<std::string>& was,
           const std::optional<std::string>& is) {
    if (!was || !is) return;
    if (*was == *is) same.push_back(what);
    if (*was != *is) changed.push_back(fmt::format("{} was {}, is {}", what, *was, *is));
  }
  /// The end of a sentence that says what differs.
  [[nodiscard]] std::string text() const {
    if (!changed.empty()) return fmt::format(": {}", fmt::join(changed, "; "));
    if (!same.empty()) return fmt::format(", with the same {}", fmt::join(same, ", "));
    return "";
  }
};

std::optional<std::string> data_text(const Json& summary) {
  const auto data = experiment::data_of(summary);
  if (!data) return std::nullopt;
  return experiment::text_of(*data);
}

Surroundings surroundings(const fs::path& was, const fs::path& is) {
  const Json then = experiment::read_summary(was / "summary.json");
  const Json now = experiment::read_summary(is / "summary.json");
  Surroundings found;
  found.add("environment.blas", text_at(then, "/environment/blas"),
            text_at(now, "/environment/blas"));
  found.add("data", data_text(then), data_text(now));
  found.add("gradwire's version", text_at(experiment_of(was), "/gradwire/version"),
            std::string(version));
  return found;
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
    if (!outcome.differs.empty()) {
      tell(fmt::format("{}: {} differs{}", was.string(), outcome.differs,
                       surroundings(was, again.folder(run)).text()));
    }
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
  const std::size_t unknown =
      require_recorded_data(plan, recorded, sweep_options(options.sweep, plan.runs.size()).data);
  if (!options.sweep.quiet) tell_of_unknown_data(unknown);
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
