#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/sweep_runner.hpp"

namespace gradwire::commands {

/// What run and replay have in common on the command line.
struct SweepCommand {
  std::string output;
  std::string data;
  int jobs = 0;                                  ///< 0: as many as there are cores
  int threads = 0;                               ///< 0: the cores that the jobs leave
  std::optional<std::int64_t> checkpoint_every;  ///< iterations
  bool fresh = false;
  bool quiet = false;
  bool timeline = false;
};

/// -o, -j, --fresh, --quiet, --timeline; `command` must outlive the parsing.
void add_sweep_options(CLI::App& app, SweepCommand& command);
/// --threads, --data, --checkpoint-every.
void add_learning_options(CLI::App& app, SweepCommand& command);

/// -o, or results/NAME.
[[nodiscard]] std::filesystem::path results_folder_of(const experiment::Plan& plan,
                                                      const SweepCommand& command);

[[nodiscard]] experiment::SweepOptions sweep_options(const SweepCommand& command, std::size_t runs);

/// Does what is not complete of a plan's runs: experiment::run_sweep() or the like.
using Execute = std::function<experiment::SweepReport(
    const experiment::Plan&, const experiment::ResultsFolder&, const experiment::SweepOptions&)>;

[[nodiscard]] experiment::SweepReport simulate_all(const experiment::Plan& plan,
                                                   const experiment::ResultsFolder& results,
                                                   const experiment::SweepOptions& options);

/// Does what is not done yet of a plan, writes the results folder and shows what came out. The exit
/// status of the contract. `unfiltered` plans again without --filter: runs.csv lists those too.
int perform(const experiment::Plan& plan, const experiment::Selection& selection,
            const SweepCommand& command, const std::function<experiment::Plan()>& unfiltered,
            const Execute& execute = simulate_all);

}  // namespace gradwire::commands
