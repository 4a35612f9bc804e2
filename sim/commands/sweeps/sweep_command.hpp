#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/sweep/experiment_file.hpp"
#include "sim/sweep/shard.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::commands {

/// Command-line options shared by run and replay.
struct SweepCommand {
  std::string output;
  std::string data;
  int jobs = 0;                                  ///< runs at a time; 0: one per core
  int threads = 0;                               ///< per run; 0: the cores left by the jobs
  int cores = 0;                                 ///< to share among the runs; 0: all
  std::optional<std::int64_t> checkpoint_every;  ///< iterations
  bool fresh = false;
  bool quiet = false;
  bool timeline = false;
  std::optional<sweep::Shard> shard;  ///< the runs to do; none: all
};

/// Adds -o, -j, --cores, --fresh, --quiet and --timeline. `command` must outlive the parsing.
void add_sweep_options(Command& app, SweepCommand& command);
/// Adds --threads, --data and --checkpoint-every. `command` must outlive the parsing.
void add_learning_options(Command& app, SweepCommand& command);

/// The folder of -o; without it, results/NAME.
[[nodiscard]] std::filesystem::path results_folder_of(const sweep::Plan& plan,
                                                      const SweepCommand& command);

[[nodiscard]] sweep::SweepOptions sweep_options(const SweepCommand& command, std::size_t runs);

/// Writes experiment.json for shards that start later. Where there is the one of another
/// experiment, replaces it if no gradwire is at work in the folder; throws SystemError otherwise.
void place_experiment(const sweep::Plan& plan, const sweep::Overrides& selection,
                      const std::filesystem::path& folder);

/// Executes the incomplete runs of a plan, as sweep::run_sweep() does.
using Execute = std::function<sweep::SweepReport(const sweep::Plan&, const results::ResultsFolder&,
                                                 const sweep::SweepOptions&)>;

[[nodiscard]] sweep::SweepReport simulate_all(const sweep::Plan& plan,
                                              const results::ResultsFolder& results,
                                              const sweep::SweepOptions& options);

/// Executes the incomplete runs of a plan, writes the results folder and prints the results.
/// Returns the exit status of the contract. `unfiltered` plans again without --filter and --shard,
/// because runs.csv lists the runs that these leave out, too. Of a shard, `plan` has its runs only.
int run_plan(const sweep::Plan& plan, const sweep::Overrides& selection,
             const SweepCommand& command, const std::function<sweep::Plan()>& unfiltered,
             const Execute& execute = simulate_all);

}  // namespace gradwire::commands
