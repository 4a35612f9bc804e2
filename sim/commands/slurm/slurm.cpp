#include "sim/commands/slurm/slurm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "sim/commands/platform_program.hpp"
#include "sim/commands/slurm/job_script.hpp"
#include "sim/commands/slurm/program_output.hpp"
#include "sim/commands/sweeps/override_options.hpp"
#include "sim/commands/sweeps/sweep_command.hpp"
#include "sim/core/error.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/sweep/shard.hpp"
#include "sim/sweep/status.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;

/// The most tasks of a job array without --tasks; Slurm's own limit is 1001 by default.
constexpr int most_default_tasks = 100;

struct SlurmOptions {
  std::string file;
  std::vector<std::string> sbatch;
  sweep::Overrides selection;
  SweepCommand sweep;
  int tasks = 0;  ///< 0: as default_tasks()
  bool submit = false;
};

/// What was submitted for a results folder, one line each: "JOB TASKS".
fs::path submissions(const fs::path& folder) { return folder / "slurm" / "submitted"; }

struct Submission {
  std::string job;
  int tasks = 0;
};

std::vector<Submission> read_submissions(const fs::path& folder) {
  std::vector<Submission> found;
  std::ifstream file(submissions(folder));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Submission submission;
    if (words >> submission.job >> submission.tasks) found.push_back(submission);
  }
  return found;
}

/// The tasks of a job that are queued or running; none if Slurm has forgotten the job.
std::set<int> queued_tasks(const std::string& job) {
  const ProgramOutput said =
      run_program({"squeue", "--noheader", "--array", "--format=%K", "--jobs=" + job});
  std::set<int> tasks;
  std::istringstream lines(said.output);
  for (int task = 0; said.status == 0 && lines >> task;) tasks.insert(task);
  return tasks;
}

/// The shards of `tasks` that Slurm has in its queue. Throws SystemError where they are of another
/// number of tasks.
std::set<int> queued_shards(const fs::path& folder, int tasks) {
  std::set<int> queued;
  for (const Submission& submission : read_submissions(folder)) {
    const std::set<int> found = queued_tasks(submission.job);
    if (!found.empty() && submission.tasks != tasks) {
      throw SystemError(fmt::format(
          "{}: {} tasks of job {} are still queued or running, with --tasks {}: use that again, or "
          "scancel {}",
          folder.string(), found.size(), submission.job, submission.tasks, submission.job));
    }
    queued.insert(found.begin(), found.end());
  }
  return queued;
}

std::vector<int> incomplete_shards(const std::vector<sweep::RunStatus>& runs, int tasks) {
  std::vector<int> shards;
  for (int i = 0; i < tasks; ++i) {
    const sweep::Shard shard{i, tasks};
    const bool has_work = std::ranges::any_of(runs, [&](const sweep::RunStatus& run) {
      return run.state != sweep::RunState::complete && shard.has(run.run->id);
    });
    if (has_work) shards.push_back(i);
  }
  return shards;
}

std::vector<std::string> run_arguments(const SweepCommand& sweep) {
  std::vector<std::string> words;
  if (sweep.threads > 0) words.insert(words.end(), {"--threads", std::to_string(sweep.threads)});
  if (sweep.checkpoint_every) {
    words.insert(words.end(), {"--checkpoint-every", std::to_string(*sweep.checkpoint_every)});
  }
  if (!sweep.data.empty()) {
    words.insert(words.end(), {"--data", fs::absolute(sweep.data).lexically_normal().string()});
  }
  return words;
}

/// The number of tasks: --tasks, or that of the last submission, or one per run up to a limit.
int number_of_tasks(const SlurmOptions& options, const fs::path& folder, std::size_t runs) {
  if (options.tasks > 0) return options.tasks;
  const std::vector<Submission> before = read_submissions(folder);
  if (!before.empty()) return before.back().tasks;
  return static_cast<int>(std::clamp<std::size_t>(runs, 1, most_default_tasks));
}

void submit(const fs::path& script, const SlurmJob& job) {
  const ProgramOutput said = run_program({"sbatch", "--parsable", script.string()});
  constexpr int not_found = 127;
  if (said.status == not_found && said.errors.empty()) {
    throw SystemError(fmt::format("sbatch is not on this machine; where it is: sbatch {}",
                                  shell_word(script.string())));
  }
  if (said.status != 0) {
    const std::string reason = said.errors.substr(0, said.errors.find_last_not_of('\n') + 1);
    throw SystemError(fmt::format("sbatch refused {}: {}", script.string(), reason));
  }
  const std::string id = said.output.substr(0, said.output.find_first_of(";\n"));
  std::ofstream(submissions(job.folder), std::ios::app) << id << " " << job.tasks << "\n";
  fmt::print("job {}: {} of {} tasks submitted, {}; gradwire status {} shows how far they are\n",
             id, job.missing.size(), job.tasks, array_indices(job.missing),
             shell_word(job.folder.string()));
}

void slurm(const SlurmOptions& options) {
  const sweep::Plan plan = sweep::plan_experiment(options.file, options.selection);
  sweep::require_replayable(plan);
  require_networks(plan);
  const fs::path folder = fs::absolute(results_folder_of(plan, options.sweep)).lexically_normal();
  SlurmJob job{.name = plan.name,
               .program = fs::read_symlink("/proc/self/exe"),
               .folder = folder,
               .tasks = number_of_tasks(options, folder, plan.runs.size()),
               .run_arguments = run_arguments(options.sweep),
               .sbatch_arguments = options.sbatch};
  static_cast<void>(job_script(job));  // before anything is written
  place_experiment(plan, options.selection, folder);
  fs::create_directories(folder / "slurm");
  job.missing = incomplete_shards(sweep::status_of(plan, folder), job.tasks);
  if (job.missing.empty()) {
    fmt::print("{} of {} runs complete; nothing to submit\n", plan.runs.size(), plan.runs.size());
    return;
  }
  const std::set<int> queued = queued_shards(folder, job.tasks);
  std::erase_if(job.missing, [&](int shard) { return queued.contains(shard); });
  if (job.missing.empty()) {
    fmt::print("all incomplete shards are queued or running; gradwire status {} shows how far\n",
               shell_word(folder.string()));
    return;
  }
  const fs::path script = folder / "slurm.sh";
  results::write_atomically(script, job_script(job));
  fs::permissions(script, fs::perms::owner_exec, fs::perm_options::add);
  if (options.submit) return submit(script, job);
  fmt::print("{} of {} tasks have incomplete runs. To submit them: sbatch {}\n", job.missing.size(),
             job.tasks, shell_word(script.string()));
}

}  // namespace

void add_slurm(Command& app) {
  const auto options = std::make_shared<SlurmOptions>();
  Command* command = app.add_subcommand(
      "slurm", "Write a Slurm job script that runs an experiment as shards; --submit submits it");
  command->add_option("experiment", options->file, "Experiment file")
      ->required()
      ->type_name("EXPERIMENT.json");
  command->add_option("sbatch", options->sbatch, "Options of sbatch, after --: -- --time=2:00:00")
      ->type_name("SBATCH-OPTIONS");
  command
      ->add_option("-o,--output", options->sweep.output,
                   "Results folder, which all nodes see; default: results/NAME")
      ->type_name("DIR");
  command
      ->add_option(
          "--tasks", options->tasks,
          "Shards, and tasks of the job array; default: as before, or one per run, at most "
          "100")
      ->type_name("N")
      ->between(std::int64_t{1}, 1'000'000);
  command->add_flag("--submit", options->submit,
                    "Hand the script to sbatch. The same command again submits the tasks that have "
                    "incomplete runs and are not in the queue");
  add_learning_options(*command, options->sweep);
  add_set_option(*command, options->selection);
  command->footer(
      "Each task takes the processor cores of its allocation (-- --cpus-per-task=N).\n\n"
      "Example:\n  gradwire slurm experiments/quickstart.json -o /shared/quick --tasks 4 --submit "
      "-- "
      "--time=1:00:00");
  command->callback([options] { slurm(*options); });
}

}  // namespace gradwire::commands
