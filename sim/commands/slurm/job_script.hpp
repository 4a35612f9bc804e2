#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradwire::commands {

/// A Slurm job array with one task per shard of an experiment.
struct SlurmJob {
  std::string name;                           ///< of the experiment
  std::filesystem::path program;              ///< gradwire, absolute
  std::filesystem::path folder;               ///< results folder, absolute; has experiment.json
  int tasks = 1;                              ///< shards of the experiment
  std::vector<int> missing;                   ///< shards with incomplete runs, ascending
  std::vector<std::string> run_arguments;     ///< further options of gradwire run
  std::vector<std::string> sbatch_arguments;  ///< of the user, as words
};

/// Seconds before a task's time limit at which Slurm sends it SIGTERM: it then writes checkpoints,
/// for which gradwire run takes up to two minutes.
inline constexpr int slurm_grace_seconds = 300;

/// Shards as Slurm's --array takes them: "0-2,5".
[[nodiscard]] std::string array_indices(const std::vector<int>& shards);

/// The job script: Slurm's options as comments, and one command. Throws InputError if
/// `sbatch_arguments` cannot be written as options.
[[nodiscard]] std::string job_script(const SlurmJob& job);

/// `text` as one word of a shell.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace gradwire::commands
