#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/json/json.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::sweep {

/// A complete run of a results folder, prepared for replay.
struct Recording {
  scenario::Json scenario;  ///< as recorded, without values that follow from other settings
  std::vector<std::pair<std::string, scenario::Json>> axes;  ///< swept when the run was recorded
  scenario::RecordedRun run;
};

/// The complete runs of a results folder, in the order of its runs.csv, or the run of a single
/// run's folder. Throws InputError: at `where` if there is none, at a run's folder if it has no
/// trace.
[[nodiscard]] std::vector<Recording> find_recordings(const std::filesystem::path& results,
                                                     const std::string& where);

/// Reads the experiment.json of a results folder and ensures that "base" and "gradwire" are
/// objects. Throws InputError.
[[nodiscard]] scenario::Json read_experiment_as_run(const std::filesystem::path& file);

/// Whether the run in this folder was produced by a replay or by `gradwire synthesize`, according
/// to its experiment.json. Such a run cannot be reproduced by learning.
[[nodiscard]] bool is_replay_or_synthetic(const std::filesystem::path& run);

/// Switches a recorded scenario to the exchange pattern `kind`, if it has another: leaves out the
/// keys that only the recorded one has, and the host of the server where the new one has none.
/// Null: does nothing.
void change_pattern(scenario::Json& scenario, const scenario::Json& kind);

/// Overwrites the recorded settings that `changes` names. Objects are merged, but an object of
/// another variant ("name", "kind") replaces the recorded one.
void change_recorded(scenario::Json& scenario, const scenario::Json& changes);

/// Whether the server of this scenario completes iterations without late workers
/// (protocol.on_failure go_on).
[[nodiscard]] bool goes_on(const scenario::Json& scenario);
/// Whether it is asynchronous.
[[nodiscard]] bool is_asynchronous(const scenario::Json& scenario);

/// Throws InputError at `where` unless a replay may change the setting at this dotted path.
void require_replayable(const std::string& path, const std::string& where);

}  // namespace gradwire::sweep
