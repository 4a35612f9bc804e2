#include "sim/commands/slurm/job_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/core/error.hpp"

namespace gradwire::commands {
namespace {

bool is_plain(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./=:,+@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// A word of an #SBATCH line: sbatch takes double quotes, and backslashes in them.
std::string sbatch_word(const std::string& text) {
  if (is_plain(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

/// A file name for --output, in which % begins a pattern.
std::string without_patterns(const std::string& path) {
  std::string text;
  for (const char c : path) text += c == '%' ? std::string("%%") : std::string(1, c);
  return text;
}

/// One #SBATCH line per option of the user.
std::string option_lines(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (word.find_first_of("\n\r") != std::string::npos) {
      throw InputError("-- " + shell_word(word), "an option of sbatch may not have a line break");
    }
    if (word.starts_with("-")) {
      text += (text.empty() ? "#SBATCH " : "\n#SBATCH ") + sbatch_word(word);
    } else if (text.empty()) {
      throw InputError(word,
                       "options of sbatch follow -- and begin with -, as in -- --time=2:00:00");
    } else {
      text += " " + sbatch_word(word);
    }
  }
  return text.empty() ? "" : text + "\n";
}

}  // namespace

std::string shell_word(const std::string& text) {
  if (is_plain(text)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string array_indices(const std::vector<int>& shards) {
  std::string text;
  for (std::size_t i = 0; i < shards.size();) {
    std::size_t last = i;
    while (last + 1 < shards.size() && shards[last + 1] == shards[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == i ? std::to_string(shards[i]) : fmt::format("{}-{}", shards[i], shards[last]);
    i = last + 1;
  }
  return text;
}

std::string job_script(const SlurmJob& job) {
  const std::string folder = job.folder.string();
  std::string arguments;
  for (const std::string& word : job.run_arguments) arguments += " " + shell_word(word);
  return fmt::format(
      "#!/bin/bash\n"
      "# Written by gradwire slurm: the shards of an experiment that have incomplete runs. Submit "
      "it "
      "by\n"
      "#   sbatch {script}\n"
      "# and see how far it is by\n"
      "#   gradwire status {shell_folder}\n"
      "#SBATCH --job-name={name}\n"
      "#SBATCH --array={array}\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --output={output}\n"
      "#SBATCH --open-mode=append\n"
      "# A task that is preempted, or whose node fails, is queued again and goes on.\n"
      "#SBATCH --requeue\n"
      "# Before its time limit it writes checkpoints; gradwire slurm then submits it again.\n"
      "#SBATCH --signal=B:TERM@{grace}\n"
      "{options}"
      "\n"
      "# exec: the signal is for gradwire, not for the shell.\n"
      "exec {program} run {experiment} -o {shell_folder} \\\n"
      "  --shard \"$SLURM_ARRAY_TASK_ID/{tasks}\" --cores \"${{SLURM_CPUS_PER_TASK:-1}}\"{more}\n",
      fmt::arg("script", shell_word((job.folder / "slurm.sh").string())),
      fmt::arg("shell_folder", shell_word(folder)),
      fmt::arg("name", sbatch_word("gradwire-" + job.name)),
      fmt::arg("array", array_indices(job.missing)),
      fmt::arg("output", sbatch_word(without_patterns(folder) + "/slurm/%A_%a.out")),
      fmt::arg("grace", slurm_grace_seconds),
      fmt::arg("options", option_lines(job.sbatch_arguments)),
      fmt::arg("program", shell_word(job.program.string())),
      fmt::arg("experiment", shell_word((job.folder / "experiment.json").string())),
      fmt::arg("tasks", job.tasks), fmt::arg("more", arguments));
}

}  // namespace gradwire::commands
