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

#include "sim/commands/command_line.hpp"
#include "sim/commands/sweeps/learning_data.hpp"
#include "sim/commands/sweeps/model_command.hpp"
#include "sim/commands/sweeps/sweep_command.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/core/temporary_folder.hpp"
#include "sim/results/columns.hpp"
#include "sim/results/metrics.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/results/summary.hpp"
#include "sim/results/summary_file.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/sweep/recordings.hpp"
#include "sim/trace/same_iterations.hpp"
#include "sim/trace/trace.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using scenario::Json;
using scenario::PlannedRun;
using namespace nlohmann::literals;

struct VerifyOptions {
  std::vector<fs::path> results;
  bool replay = false;
  SweepCommand sweep;
};

/// Reads a JSON file. Throws InputError if it is not an object.
scenario::Json read_object(const fs::path& file) {
  scenario::Json json = scenario::read_json_file(file);
  if (!json.is_object()) throw InputError(file.string(), "must be an object");
  return json;
}

/// The string at a JSON pointer; none if it is absent or not a string.
std::optional<std::string> text_at(const scenario::Json& json, const char* pointer) {
  const scenario::Json::json_pointer place(pointer);
  if (!json.contains(place) || !json.at(place).is_string()) return std::nullopt;
  return json.at(place).get<std::string>();
}

/// The reproducible part of a summary: without wall times, the number of threads, the versions of
/// libraries, the data (compared by data_differ()), and the notes, which explain other members and
/// the data.
scenario::Json reproducible_part(scenario::Json summary) {
  for (const char* key : {"wall", "data", "notes"}) summary.erase(key);
  const auto environment = summary.find("environment");
  if (environment != summary.end() && environment->is_object()) {
    for (const char* key : {"threads", "simgrid", "libtorch", "onednn"}) environment->erase(key);
  }
  return summary;
}

std::string content(const fs::path& file) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) throw InputError(file.string(), refused);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whether both summaries record their data and these differ.
bool data_differ(const scenario::Json& was, const scenario::Json& is) {
  const auto then = results::data_of(was);
  const auto now = results::data_of(is);
  return then && now && *then != *now;
}

/// Whether two scenario.json are equal apart from the platform file's path (its digest is
/// compared), and from settings that were added later.
bool same_scenario(const fs::path& was, const fs::path& is) {
  if (content(was) == content(is)) return true;
  scenario::Json then = read_object(was), now = read_object(is);
  scenario::forget_later_settings(then, now);
  for (scenario::Json* scenario : {&then, &now}) {
    if (scenario->contains("platform")) (*scenario)["platform"].erase("path");
  }
  return nlohmann::json(then) == nlohmann::json(now);  // whatever the order of keys
}

/// Removes from `is` the member `name`, "final.recent_train_loss", if `was` lacks it.
void forget_if_new(const scenario::Json& was, scenario::Json& is, const std::string& name) {
  const std::string object = results::object_of(name), member = results::member_of(name);
  const auto part_of = [&object](auto& summary) -> auto& {
    return object.empty() ? summary : summary[object];
  };
  const bool has_object = object.empty() || (was.contains(object) && is.contains(object));
  if (!has_object || part_of(was).contains(member) || !part_of(is).is_object()) return;
  part_of(is).erase(member);
}

/// Removes from `is` the totals of encodings that `was` lacks.
void forget_new_encodings(const scenario::Json& was, scenario::Json& is) {
  const char* totals = "uplink_bits_by_encoding";
  if (!was.contains(totals) || !is.contains(totals)) return;
  const scenario::Json now = is[totals];
  for (const auto& [name, bits] : now.items()) {
    if (!was[totals].contains(name)) is[totals].erase(name);
  }
}

/// Removes what cannot be compared: members that an older gradwire did not write, and a digest that
/// one of the runs does not know.
void keep_comparable(scenario::Json& was, scenario::Json& is) {
  for (const results::SummaryColumn& column : results::summary_columns()) {
    if (column.later) forget_if_new(was, is, column.about.name);
  }
  forget_new_encodings(was, is);
  if (was.contains("digest") && is.contains("digest") &&
      (was["digest"].is_null() || is["digest"].is_null())) {
    was.erase("digest");
    is.erase("digest");
  }
}

bool same_summary(const fs::path& was, const fs::path& is) {
  scenario::Json then = results::read_summary(was), now = results::read_summary(is);
  keep_comparable(then, now);
  return reproducible_part(then) == reproducible_part(now) && !data_differ(then, now);
}

/// Result of comparing two folders of the same run.
struct Outcome {
  std::string differs;               ///< name of the first file that differs; empty if none does
  std::vector<std::string> missing;  ///< columns that the older metrics.csv lacks
};

/// Compares the columns of `was`; columns that only `is` has are stored in outcome.missing.
bool same_metrics(const fs::path& was, const fs::path& is, Outcome& outcome) {
  const std::string before = content(was), now = content(is);
  if (before == now) return true;
  const auto cut = results::cut_to_columns_of(before, now);
  if (!cut || cut->text != before) return false;
  outcome.missing = cut->dropped;
  return true;
}

/// Whether workers.csv is the same; an older gradwire did not write it.
bool same_workers(const fs::path& was, const fs::path& is) {
  return !fs::exists(was) || content(was) == content(is);
}

/// Whether the traces have the same bytes, or, if an older gradwire wrote the first, the same
/// iterations.
bool same_trace(const fs::path& was, const fs::path& is) {
  if (content(was) == content(is)) return true;
  TraceReader then(was), now(is);
  const bool is_older = then.version() < now.version() ||
                        then.header().encodings.size() < now.header().encodings.size();
  return is_older && have_same_iterations(then, now);
}

Outcome compared(const fs::path& was, const fs::path& is) {
  Outcome outcome;
  if (!same_scenario(was / "scenario.json", is / "scenario.json")) {
    outcome.differs = "scenario.json";
  } else if (!same_metrics(was / "metrics.csv", is / "metrics.csv", outcome)) {
    outcome.differs = "metrics.csv";
  } else if (!same_trace(was / results::trace_file, is / results::trace_file)) {
    outcome.differs = results::trace_file;
  } else if (!same_workers(was / results::workers_file, is / results::workers_file)) {
    outcome.differs = results::workers_file;
  } else if (!same_summary(was / "summary.json", is / "summary.json")) {
    outcome.differs = "summary.json";
  }
  return outcome;
}

/// experiment.json of the results folder that contains the run; an empty object without one.
scenario::Json experiment_of(const fs::path& run) {
  const fs::path file = run.parent_path().parent_path() / "experiment.json";
  return is_file(file) ? sweep::read_experiment_as_run(file) : scenario::Json::object();
}

/// What a run's numbers depend on besides its scenario, as far as both runs record it.
struct RecordedEnvironment {
  std::vector<std::string> changed;  ///< "environment.blas was X, is Y"
  std::vector<std::string> same;

  void add(const std::string& what, const std::optional<std::string>& was,
           const std::optional<std::string>& is) {
    if (!was || !is) return;
    if (*was == *is) same.push_back(what);
    if (*was != *is) changed.push_back(fmt::format("{} was {}, is {}", what, *was, *is));
  }
  /// End of a sentence that names what differs.
  [[nodiscard]] std::string text() const {
    if (!changed.empty()) return fmt::format(": {}", fmt::join(changed, "; "));
    if (!same.empty()) return fmt::format(", with the same {}", fmt::join(same, ", "));
    return "";
  }
};

std::optional<std::string> data_text(const scenario::Json& summary) {
  const auto data = results::data_of(summary);
  if (!data) return std::nullopt;
  return results::text_of(*data);
}

RecordedEnvironment recorded_environment(const fs::path& was, const fs::path& is) {
  const scenario::Json then = results::read_summary(was / "summary.json");
  const scenario::Json now = results::read_summary(is / "summary.json");
  RecordedEnvironment found;
  found.add("environment.blas", text_at(then, "/environment/blas"),
            text_at(now, "/environment/blas"));
  found.add("data", data_text(then), data_text(now));
  found.add("gradwire's version", text_at(experiment_of(was), "/gradwire/version"),
            std::string(version));
  return found;
}

void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// Plans the runs of the folders again: with --replay, and for runs that were not learned
/// themselves, from their traces; else by learning.
sweep::Plan plan_again(const VerifyOptions& options) {
  sweep::Plan plan = sweep::plan_replay(options.results);
  for (PlannedRun& run : plan.runs) {
    const fs::path folder = run.recorded->trace.parent_path();
    if (!options.replay && !sweep::is_replay_or_synthetic(folder)) run.recorded.reset();
  }
  sweep::require_replayable(plan);
  return plan;
}

/// Throws InputError for runs measured over TCP, whose times cannot be reproduced.
void require_simulated(const sweep::Plan& recorded) {
  for (const PlannedRun& run : recorded.runs) {
    const fs::path folder = run.recorded->trace.parent_path();
    if (results::read_summary(folder / "summary.json").contains("measured")) {
      throw InputError(folder.string(), "was measured over TCP: its times cannot be had again");
    }
  }
}

struct Verified {
  std::size_t same = 0;
  std::size_t older = 0;             ///< compared runs whose metrics.csv lacks columns
  std::vector<std::string> missing;  ///< the columns that the last of these runs lacks
};

/// Counts the runs that came out the same; prints the others.
Verified compare(const sweep::Plan& recorded, const results::ResultsFolder& again) {
  Verified verified;
  for (const PlannedRun& run : recorded.runs) {
    if (!again.is_complete(run)) continue;
    const fs::path was = run.recorded->trace.parent_path();
    const Outcome outcome = compared(was, again.folder(run));
    if (outcome.differs.empty()) ++verified.same;
    if (!outcome.differs.empty()) {
      tell(fmt::format("{}: {} differs{}", was.string(), outcome.differs,
                       recorded_environment(was, again.folder(run)).text()));
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

int verify(const VerifyOptions& options) {
  const sweep::Plan recorded = sweep::plan_replay(options.results);
  sweep::require_none_refused(recorded);
  require_simulated(recorded);
  const sweep::Plan plan = plan_again(options);
  const std::size_t unknown =
      require_recorded_data(plan, recorded, sweep_options(options.sweep, plan.runs.size()).data);
  if (!options.sweep.quiet) print_unknown_data_note(unknown);
  require_commands(plan, options.results.front().string());
  if (!options.sweep.quiet && has_external_model(plan)) {
    tell(std::string("note: ") + results::external_model_note);
  }
  const TemporaryFolder folder("verify");
  sweep::SweepReport report;
  Verified verified;
  {
    const results::ResultsFolder again(folder.path());
    report = sweep::run_sweep(plan.runs, again, sweep_options(options.sweep, plan.runs.size()));
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

void add_verify(Command& app, int& status) {
  auto options = std::make_shared<VerifyOptions>();
  Command* command = app.add_subcommand(
      "verify", "Run results again and compare them byte for byte (but for the wall clock)");
  command->add_option("results", options->results, "Results folders, or folders of single runs")
      ->required()
      ->type_name("RESULTS");
  command->add_flag("--replay", options->replay,
                    "Send the recorded iterations through the network again instead of learning "
                    "them: seconds instead of hours");
  command->add_option("-j,--jobs", options->sweep.jobs, "Runs at a time; default: one a core")
      ->type_name("N")
      ->between(std::int64_t{1}, 4096);
  command->add_flag("--quiet", options->sweep.quiet, "No progress");
  add_learning_options(*command, options->sweep);
  command->footer("Example:\n  gradwire verify results/quickstart");
  command->callback([options, &status] { status = verify(*options); });
}

}  // namespace gradwire::commands
