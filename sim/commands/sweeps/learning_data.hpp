#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "sim/sweep/experiment_file.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::commands {

/// Checks that the files of each dataset that a run of the plan would learn from exist; opens none.
/// Throws InputError at the setting in `file` that names a missing dataset.
void require_data(const sweep::Plan& plan, const std::string& file,
                  const std::optional<std::filesystem::path>& data_dir);

/// Input of check_data(): the plan and options of a `gradwire run` that is about to start.
struct DataCheck {
  const sweep::Plan& plan;
  sweep::Plan unfiltered;         ///< including the runs that --filter leaves out
  std::string file;               ///< name of the experiment file
  std::filesystem::path results;  ///< results folder; need not exist yet
  sweep::SweepOptions sweep;
};

/// Called before anything is written: reads the data of the runs that will learn and, if present,
/// of the complete runs that are kept. Throws InputError if data are missing or corrupt, if workers
/// * batch_size exceeds the training samples, or if a kept run learned from other data than those
/// found now. Returns the number of complete runs without a record of their data.
[[nodiscard]] std::size_t check_data(const DataCheck& ahead);

/// Called before `gradwire verify`: throws InputError if the data that a run of `plan` would learn
/// from are missing or differ from those of the run at the same index in `recorded`. Returns the
/// number of runs without a record of their data.
[[nodiscard]] std::size_t require_recorded_data(
    const sweep::Plan& plan, const sweep::Plan& recorded,
    const std::optional<std::filesystem::path>& data_dir);

/// Prints a note that the data of this many runs cannot be compared; nothing for 0.
void print_unknown_data_note(std::size_t runs);

}  // namespace gradwire::commands
