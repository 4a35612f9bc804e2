#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/crossover_request.hpp"
#include "sim/experiment/json.hpp"
#include "sim/experiment/planned_run.hpp"

namespace gradwire::experiment {

/// What the command line changes about an experiment file.
struct Selection {
  std::vector<std::string> set;     ///< "epochs=3", "/sweep/1/seed=[1, 2]": before expansion
  std::vector<std::string> filter;  ///< "seed=1": keeps runs; same axis: any, other axes: all
};

/// An experiment file, read, checked and expanded.
struct Plan {
  std::string file;              ///< for error messages: where it was read from
  std::string name;              ///< usable as a folder's name
  std::string description;       ///< may be empty
  Json document;                 ///< the file, --set applied
  std::filesystem::path folder;  ///< absolute; where the file's relative paths begin
  std::vector<PlannedRun> runs;  ///< the product of the axes, the last axis running fastest; of a
                                 ///< replay, that for each recorded run
  std::optional<CrossoverRequest> crossovers;  ///< to be looked for once the runs are there
};

/// Reads an experiment file, or a single scenario (scenario.json of a results folder), which is an
/// experiment of one run named after its file. All runs are checked, also those that the filter
/// drops. Throws InputError.
[[nodiscard]] Plan plan_experiment(const std::filesystem::path& file,
                                   const Selection& selection = {});

/// An experiment that replays the complete runs of results folders (or single runs' folders) and
/// changes nothing but what `selection` sets.
[[nodiscard]] Plan plan_replay(const std::vector<std::filesystem::path>& results,
                               const Selection& selection = {});

/// Throws InputError where a run would be replayed, for itself or for crossovers, whose learning
/// depended on timing.
void require_replayable(const Plan& plan);

/// Checks an experiment file as far as that needs no recorded runs: of a replay, as if the default
/// scenario had been recorded. Throws InputError.
void check_experiment(const std::filesystem::path& file);

/// Where the file gives a run this setting: "/sweep/0/workers/2", or "/base/workers".
[[nodiscard]] std::string pointer_to(const Plan& plan, const PlannedRun& run,
                                     const std::string& path);

}  // namespace gradwire::experiment
