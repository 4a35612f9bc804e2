#include "sim/commands/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sim/commands/selection_options.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/comparison.hpp"
#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/results_folder.hpp"
#include "sim/experiment/sweep_runner.hpp"
#include "sim/learn/catalogue.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using experiment::Json;
using experiment::PlannedRun;

struct Options {
  std::string file;
  experiment::Selection selection;
  std::string output;
  std::string data;
  int jobs = 0;     ///< 0: as many as there are cores
  int threads = 0;  ///< 0: the cores that the jobs leave
  bool fresh = false;
  bool quiet = false;
};

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

experiment::SweepOptions sweep_options(const Options& options, std::size_t runs) {
  const int wanted = options.jobs > 0 ? options.jobs : cores();
  const int jobs = std::min(wanted, static_cast<int>(std::min<std::size_t>(runs, 1'000'000)));
  experiment::SweepOptions sweep{
      .jobs = jobs,
      .threads = options.threads > 0 ? options.threads : std::max(1, cores() / jobs),
      .data = std::nullopt,
      .fresh = options.fresh,
      .quiet = options.quiet};
  if (!options.data.empty()) sweep.data = fs::absolute(options.data);
  return sweep;
}

/// Missing or broken data, and more workers than they have samples, are wrong input: said before
/// anything is written.
void check_data(const experiment::Plan& plan, const Options& options,
                const experiment::SweepOptions& sweep) {
  std::map<std::string, std::int64_t> samples;
  for (const PlannedRun& run : plan.runs) {
    const experiment::Scenario& scenario = run.scenario;
    const std::string& name = scenario.dataset.name;
    if (name == "synthetic") continue;  // checked with the experiment
    if (!samples.contains(name)) {
      samples[name] = learn::check_dataset(name, sweep.data).train_samples;
    }
    const std::int64_t needed = std::int64_t{scenario.workers} * scenario.batch_size;
    if (needed <= samples[name]) continue;
    throw InputError(options.file + ": " + experiment::pointer_to(plan, run, "workers"),
                     fmt::format("workers * batch_size must be at most {}, the training samples of "
                                 "{}, got {} * {}",
                                 samples[name], name, scenario.workers, scenario.batch_size));
  }
}

/// The experiment as given, with what the command line changed and the program's version.
std::string experiment_as_run(const experiment::Plan& plan, const Options& options) {
  Json document = plan.document;
  document["gradwire"] = {{"version", version},
                          {"set", options.selection.set},
                          {"filter", options.selection.filter},
                          {"folder", plan.folder.string()}};
  return document.dump(2) + "\n";
}

std::vector<PlannedRun> all_runs(const experiment::Plan& plan, const Options& options) {
  if (options.selection.filter.empty()) return plan.runs;
  return experiment::plan_experiment(options.file, {options.selection.set, {}}).runs;
}

void print_comparison(const experiment::Plan& plan, const experiment::ResultsFolder& results) {
  std::vector<experiment::FinishedRun> finished;
  for (const PlannedRun& run : plan.runs) {
    if (results.is_complete(run)) finished.emplace_back(&run, results.summary(run));
  }
  fmt::print("{}", experiment::comparison(finished));
}

/// To the user; without the exception of fmt::print when nobody can read it.
void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// The exit status of the contract.
int conclude(const experiment::SweepReport& report, const experiment::Plan& plan,
             const fs::path& folder) {
  if (report.interrupted_by != 0) {
    tell(fmt::format("interrupted: {} of {} runs are complete; the same command goes on",
                     report.complete, plan.runs.size()));
    std::fflush(nullptr);
    std::raise(report.interrupted_by);  // as the shell expects of an interrupted program
  }
  fmt::print("\n{} of {} runs complete; results in {}\n", report.complete, plan.runs.size(),
             folder.string());
  return report.failures.empty() ? 0 : 1;
}

int run(const Options& options) {
  const experiment::Plan plan = experiment::plan_experiment(options.file, options.selection);
  const experiment::SweepOptions sweep = sweep_options(options, plan.runs.size());
  check_data(plan, options, sweep);

  const fs::path folder =
      options.output.empty() ? fs::path("results") / plan.name : fs::path(options.output);
  const experiment::ResultsFolder results(folder);
  experiment::write_atomically(folder / "experiment.json", experiment_as_run(plan, options));
  const experiment::SweepReport report = experiment::run_sweep(plan.runs, results, sweep);
  for (const std::string& failure : report.failures) tell(failure);
  results.write_index(all_runs(plan, options));
  if (!options.quiet && report.interrupted_by == 0) print_comparison(plan, results);
  return conclude(report, plan, folder);
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Run an experiment; goes on where it was stopped");
  command->add_option("experiment", options->file, "Experiment file, or a run's scenario.json")
      ->required()
      ->type_name("EXPERIMENT.json");
  command->add_option("-o,--output", options->output, "Results folder; default: results/NAME")
      ->type_name("DIR");
  command->add_option("-j,--jobs", options->jobs, "Runs at a time; default: one a core")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command
      ->add_option("--threads", options->threads,
                   "Threads of each run; default: the cores that -j leaves")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_option("--data", options->data, "Folder of data sets, looked at first")
      ->type_name("DIR");
  add_selection_options(*command, options->selection);
  command->add_flag("--fresh", options->fresh, "Run again also what is complete");
  command->add_flag("--quiet", options->quiet, "No progress and no table");
  command->footer(
      "Example:\n  gradwire run experiments/quickstart.json -o /tmp/quick -j 2 --set epochs=2 "
      "--filter algorithm=sasg");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace gradwire::commands
