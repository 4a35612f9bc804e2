#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/json/json.hpp"
#include "sim/scenario/planned_run.hpp"
#include "sim/sweep/crossover_request.hpp"

namespace gradwire::sweep {

/// Changes to an experiment file by the command line.
struct Overrides {
  std::vector<std::string> set;  ///< "epochs=3", "/sweep/1/seed=[1, 2]": applied before expansion
  std::vector<std::string> filter;  ///< "seed=1": any value of an axis, all of the axes
};

/// An experiment file, checked and expanded.
struct Plan {
  std::string file;                        ///< where it was read from, for error messages
  std::string name;                        ///< usable as the name of a folder
  std::string description;                 ///< may be empty
  scenario::Json document;                 ///< the file with --set applied
  std::filesystem::path folder;            ///< absolute; base of the file's relative paths
  std::vector<scenario::PlannedRun> runs;  ///< product of the axes, the last axis varying
                                           ///< fastest; of a replay, for each recorded run
  std::vector<std::string> refused;  ///< of a replay: recorded runs that cannot be replayed so,
                                     ///< each with the reason, in one line
  std::optional<CrossoverRequest> crossovers;  ///< to be searched for after the runs are complete
};

/// Reads an experiment file, or a single scenario (scenario.json of a results folder), which is an
/// experiment of one run named after its file. All runs are checked, including those that the
/// filter drops. Throws InputError.
[[nodiscard]] Plan plan_experiment(const std::filesystem::path& file,
                                   const Overrides& selection = {});

/// An experiment that replays the complete runs of results folders (or folders of single runs) with
/// no changes other than those of `selection`. `relearns`: those whose learning depended on timing
/// are learned again. Throws InputError.
[[nodiscard]] Plan plan_replay(const std::vector<std::filesystem::path>& results,
                               const Overrides& selection = {}, bool relearns = false);

/// Throws InputError if a run whose learning depended on timing would be replayed, for itself or
/// for crossovers.
void require_replayable(const Plan& plan);

/// Throws InputError, with the first reason, if recorded runs are refused.
void require_none_refused(const Plan& plan);

/// Checks an experiment file as far as is possible without recorded runs; a replay is checked as if
/// the default scenario had been recorded. Throws InputError.
void check_experiment(const std::filesystem::path& file);

/// JSON pointer of the place in the file that gives the run this setting: "/sweep/0/workers/2",
/// "/base/workers", or, in a swept object, "/sweep/0/model/2/file".
[[nodiscard]] std::string pointer_to(const Plan& plan, const scenario::PlannedRun& run,
                                     const std::string& path);

}  // namespace gradwire::sweep
