#include "sim/commands/sweeps/sweep_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/commands/platform_program.hpp"
#include "sim/core/error.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/studies/comparison.hpp"
#include "sim/studies/crossover_text.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using scenario::Json;
using scenario::PlannedRun;

int cores_of(const SweepCommand& command) {
  if (command.cores > 0) return command.cores;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// The text of experiment.json: the document of the plan, with the overrides of the command line
/// and the program's version under "gradwire".
std::string experiment_as_run(const sweep::Plan& plan, const sweep::Overrides& selection) {
  scenario::Json document = plan.document;
  document["gradwire"].update(scenario::Json{{"version", version},
                                             {"set", selection.set},
                                             {"filter", selection.filter},
                                             {"folder", plan.folder.string()}});
  return document.dump(2) + "\n";
}

/// What two shards of one folder must agree in: the experiment, and the version of gradwire.
Json comparable(Json experiment) {
  Json noted = experiment.value("gradwire", Json::object());
  Json kept{{"version", noted.value("version", Json())}};
  if (noted.contains("recorded_axes")) kept["recorded_axes"] = noted["recorded_axes"];
  experiment["gradwire"] = kept;
  return experiment;
}

/// Throws InputError if a folder has the experiment.json of another experiment or version.
void require_same_experiment(const fs::path& folder, const std::string& experiment) {
  const fs::path file = folder / "experiment.json";
  if (!fs::exists(file)) return;
  const std::string other_way = fmt::format(
      "Choose another folder with -o, or, if its runs are to become part of this "
      "experiment: rm '{}'",
      file.string());
  const Json found = comparable(scenario::read_json_file(file));
  const Json wanted = comparable(Json::parse(experiment));
  if (found == wanted) return;
  if (found["gradwire"]["version"] != wanted["gradwire"]["version"]) {
    throw InputError(
        file.string(),
        fmt::format("was written by gradwire {}, this is {}; shards of one folder need "
                    "the same version. {}",
                    found["gradwire"]["version"].dump(), version, other_way));
  }
  const Json difference = Json::diff(found, wanted);
  throw InputError(
      fmt::format("{}: {}", file.string(), difference[0]["path"].get<std::string>()),
      "differs from this experiment; shards of one folder need the same. " + other_way);
}

bool is_same_experiment(const fs::path& folder, const std::string& experiment) {
  const fs::path file = folder / "experiment.json";
  return fs::exists(file) &&
         comparable(scenario::read_json_file(file)) == comparable(Json::parse(experiment));
}

/// Experiments with crossovers and more runs than this get no comparison table; gradwire report has
/// it.
constexpr std::size_t most_compared = 60;

void print_comparison(const sweep::Plan& plan, const results::ResultsFolder& results) {
  if (plan.crossovers && plan.runs.size() > most_compared) {
    fmt::print("{} runs: gradwire report {} lists what each costs.\n", plan.runs.size(),
               results.root().string());
    return;
  }
  std::vector<studies::FinishedRun> finished;
  for (const PlannedRun& run : plan.runs) {
    if (results.is_complete(run)) finished.emplace_back(&run, results.summary(run));
  }
  fmt::print("{}", studies::comparison(finished));
}

/// Prints to standard error. Not fmt::print, which throws when the stream is closed.
void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// Prints each distinct note of the runs' summaries once, with the number of runs that have it.
void print_notes(const sweep::Plan& plan, const results::ResultsFolder& results) {
  std::vector<std::pair<std::string, std::size_t>> counts;  // in the order of first appearance
  for (const PlannedRun& run : plan.runs) {
    if (!results.is_complete(run)) continue;
    for (const scenario::Json& note :
         results.summary(run).value("notes", scenario::Json::array())) {
      const auto text = note.get<std::string>();
      const auto known =
          std::ranges::find(counts, text, &std::pair<std::string, std::size_t>::first);
      if (known == counts.end()) {
        counts.emplace_back(text, 1);
      } else {
        ++known->second;
      }
    }
  }
  for (const auto& [text, runs] : counts) {
    tell(fmt::format(
        "note: {}{}", text,
        runs == plan.runs.size() ? "" : fmt::format(" ({} of {} runs)", runs, plan.runs.size())));
  }
}

/// Searches for the crossovers that the experiment requests, prints them and writes crossovers.csv.
/// Adds failures and an interruption to `report`.
void add_crossovers(const sweep::Plan& plan, const results::ResultsFolder& results,
                    const SweepCommand& command, sweep::SweepReport& report) {
  sweep::SweepOptions options = sweep_options(command, plan.runs.size());
  options.quiet = true;
  options.timeline = false;
  options.summary_only = true;
  const studies::Findings findings = studies::find_crossovers(plan, results, options);
  report.interrupted_by = findings.report.interrupted_by;
  for (const std::string& failure : findings.report.failures) {
    report.failures.push_back("crossovers: " + failure);
    tell(report.failures.back());
  }
  if (report.interrupted_by != 0 || !findings.report.failures.empty()) return;
  results::write_atomically(results.root() / "crossovers.csv",
                            studies::crossovers_as_csv(*plan.crossovers, findings));
  if (!command.quiet) fmt::print("\n{}", studies::crossovers_as_text(*plan.crossovers, findings));
}

/// Writes experiment.json; of a shard, only if no other shard has.
void keep_experiment(const results::ResultsFolder& results, const std::string& experiment) {
  const fs::path file = results.root() / "experiment.json";
  if (!results.is_shared()) return results::write_atomically(file, experiment);
  if (!results::create_once(file, experiment)) require_same_experiment(results.root(), experiment);
}

/// Prints what is to be known after all runs: comparison, crossovers, notes. Adds failures and an
/// interruption of the search for crossovers to `report`.
void conclude(const sweep::Plan& plan, const results::ResultsFolder& results,
              const SweepCommand& command, sweep::SweepReport& report) {
  if (report.interrupted_by != 0) return;
  const bool whole = !command.shard;
  if (whole && !command.quiet) print_comparison(plan, results);
  if (whole && plan.crossovers) add_crossovers(plan, results, command, report);
  if (command.quiet || report.interrupted_by != 0) return;
  print_notes(plan, results);
  if (whole || !plan.crossovers) return;
  const std::string folder = results.root().string();
  tell(
      fmt::format("note: after all shards, this searches for the crossovers: gradwire run "
                  "'{0}/experiment.json' "
                  "-o '{0}'",
                  folder));
}

/// Executes the incomplete runs of a plan in a results folder, and releases the folder.
sweep::SweepReport run_in(const fs::path& folder, const sweep::Plan& plan,
                          const sweep::Overrides& selection, const SweepCommand& command,
                          const std::function<sweep::Plan()>& unfiltered, const Execute& execute) {
  const std::string experiment = experiment_as_run(plan, selection);
  if (command.shard) require_same_experiment(folder, experiment);
  const results::ResultsFolder results(
      folder, results::Durability::yes,
      command.shard ? results::Access::shared : results::Access::alone,
      command.shard ? "shard " + command.shard->text() : "all runs", tell);
  keep_experiment(results, experiment);
  sweep::SweepReport report = execute(plan, results, sweep_options(command, plan.runs.size()));
  report.failures.insert(report.failures.begin(), plan.refused.begin(), plan.refused.end());
  for (const std::string& failure : report.failures) tell(failure);
  const bool all = selection.filter.empty() && !command.shard;
  results.write_index(all ? plan.runs : unfiltered().runs);
  conclude(plan, results, command, report);
  return report;
}

/// The exit status defined by the command line's contract; raises the signal again if the sweep was
/// interrupted.
int exit_status(const sweep::SweepReport& report, const sweep::Plan& plan,
                const std::optional<sweep::Shard>& shard, const fs::path& folder) {
  const std::size_t runs = plan.runs.size() + plan.refused.size();
  if (report.interrupted_by != 0) {
    tell(fmt::format("interrupted: {} of {} runs are complete; the same command goes on",
                     report.complete, runs));
    std::fflush(nullptr);
    std::raise(report.interrupted_by);  // as shells expect of an interrupted program
  }
  fmt::print("\n{} of {} runs{} complete; results in {}\n", report.complete, runs,
             shard ? " of shard " + shard->text() : "", folder.string());
  return report.failures.empty() ? 0 : 1;
}

/// Throws InputError if a replay would write into the results folder that it replays.
void require_separate_folder(const sweep::Plan& plan, const fs::path& folder) {
  for (const PlannedRun& run : plan.runs) {
    if (!run.recorded) continue;
    const fs::path recorded = run.recorded->trace.parent_path().parent_path().parent_path();
    std::error_code missing;
    if (!fs::equivalent(recorded, folder, missing)) continue;
    throw InputError("-o " + folder.string(),
                     "holds the recorded runs; a replay needs a folder of its own");
  }
}

}  // namespace

void place_experiment(const sweep::Plan& plan, const sweep::Overrides& selection,
                      const fs::path& folder) {
  const std::string experiment = experiment_as_run(plan, selection);
  if (is_same_experiment(folder, experiment)) return;
  require_separate_folder(plan, folder);
  const results::ResultsFolder results(folder, results::Durability::yes, results::Access::alone,
                                       "writes a job script", tell);
  results::write_atomically(folder / "experiment.json", experiment);
}

fs::path results_folder_of(const sweep::Plan& plan, const SweepCommand& command) {
  return command.output.empty() ? fs::path("results") / plan.name : fs::path(command.output);
}

sweep::SweepOptions sweep_options(const SweepCommand& command, std::size_t runs) {
  const int cores = cores_of(command);
  const int wanted = command.jobs > 0 ? command.jobs : cores;
  const int jobs = std::min(wanted, static_cast<int>(std::min<std::size_t>(runs, 1'000'000)));
  sweep::SweepOptions sweep{
      .jobs = jobs,
      .threads = command.threads > 0 ? command.threads : std::max(1, cores / std::max(1, jobs)),
      .data = std::nullopt,
      .fresh = command.fresh,
      .quiet = command.quiet,
      .timeline = command.timeline,
      .checkpoint_every = command.checkpoint_every};
  if (!command.data.empty()) sweep.data = fs::absolute(command.data);
  return sweep;
}

sweep::SweepReport simulate_all(const sweep::Plan& plan, const results::ResultsFolder& results,
                                const sweep::SweepOptions& options) {
  return sweep::run_sweep(plan.runs, results, options);
}

int run_plan(const sweep::Plan& plan, const sweep::Overrides& selection,
             const SweepCommand& command, const std::function<sweep::Plan()>& unfiltered,
             const Execute& execute) {
  const fs::path folder = results_folder_of(plan, command);
  sweep::require_replayable(plan);
  require_separate_folder(plan, folder);
  require_networks(plan);
  const sweep::SweepReport report = run_in(folder, plan, selection, command, unfiltered, execute);
  return exit_status(report, plan, command.shard, folder);
}

void add_sweep_options(Command& app, SweepCommand& command) {
  app.add_option("-o,--output", command.output, "Results folder; default: results/NAME")
      ->type_name("DIR");
  app.add_option("-j,--jobs", command.jobs, "Runs at a time; default: one per core")
      ->type_name("N")
      ->between(std::int64_t{1}, 4096);
  app.add_option("--cores", command.cores,
                 "Processor cores to share among the runs at a time; default: all of the machine")
      ->type_name("N")
      ->between(std::int64_t{1}, 4096);
  app.add_flag("--fresh", command.fresh, "Run again also what is complete");
  app.add_flag("--quiet", command.quiet, "No progress and no table");
  app.add_flag("--timeline", command.timeline,
               "Write runs/ID/timeline.json too: who did what when, for Perfetto or "
               "chrome://tracing");
}

void add_learning_options(Command& app, SweepCommand& command) {
  app.add_option("--threads", command.threads,
                 "Threads of each run; default: the cores that -j leaves")
      ->type_name("N")
      ->between(std::int64_t{1}, 4096);
  app.add_option("--checkpoint-every", command.checkpoint_every,
                 "Iterations between a run's checkpoints, from which the same command goes on; "
                 "default: about a minute, more where writing one takes long")
      ->type_name("N")
      ->positive();
  app.add_option("--data", command.data, "Folder of data sets, looked at first")->type_name("DIR");
}

}  // namespace gradwire::commands
