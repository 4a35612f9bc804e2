#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/sweep_runner.hpp"

namespace gradwire::commands {

/// Looks for the files of each dataset that a run of the plan would learn from; opens none. Throws
/// InputError with the setting in `file` that names a dataset which is not there.
void require_data(const experiment::Plan& plan, const std::string& file,
                  const std::optional<std::filesystem::path>& data_dir);

/// What `gradwire run` is about to do.
struct RunsAhead {
  const experiment::Plan& plan;
  experiment::Plan unfiltered;    ///< with the runs that --filter leaves out
  std::string file;               ///< of the experiment
  std::filesystem::path results;  ///< which need not exist yet
  experiment::SweepOptions sweep;
};

/// Before anything is written: reads the data of the runs that will learn, and of the complete runs
/// that stay if they are there. Throws InputError where data are missing or broken, where there are
/// more workers than samples for them, and where a run that stays learned from other data than
/// those found now. Returns the number of complete runs that do not say what they learned from.
[[nodiscard]] std::size_t check_data(const RunsAhead& ahead);

/// Before `gradwire verify`: throws InputError where the data that a run of `plan` would learn
/// from are missing, or are others than those of the run recorded before, of the same index in
/// `recorded`. Returns the number of runs that do not say what they learned from.
[[nodiscard]] std::size_t require_recorded_data(
    const experiment::Plan& plan, const experiment::Plan& recorded,
    const std::optional<std::filesystem::path>& data_dir);

/// Says, unless they are none, that so many runs cannot be compared.
void tell_of_unknown_data(std::size_t runs);

}  // namespace gradwire::commands
