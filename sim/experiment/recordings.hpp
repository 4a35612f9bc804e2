#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/experiment/experiment_file.hpp"
#include "sim/experiment/json.hpp"

namespace gradwire::experiment {

/// A complete run of a results folder, as it may be replayed.
struct Recording {
  Json scenario;  ///< as recorded, without what only follows from other settings
  std::vector<std::pair<std::string, Json>> axes;  ///< swept when it was recorded
  RecordedRun run;
};

/// The complete runs of a results folder, in the order of its runs.csv, or the one of a run's own
/// folder. Throws InputError at `where` when there is none, or one was recorded without a trace.
[[nodiscard]] std::vector<Recording> find_recordings(const std::filesystem::path& results,
                                                     const std::string& where);

/// A results folder's experiment.json, whose "base" and "gradwire" are then objects. Throws
/// InputError.
[[nodiscard]] Json read_experiment_as_run(const std::filesystem::path& file);

/// Whether the run in this folder came about by replaying another, or by `gradwire synthesize`, as
/// its experiment.json says: such a run cannot be learned again to the same numbers.
[[nodiscard]] bool was_not_learned(const std::filesystem::path& run);

/// Puts what `changes` names over a recorded scenario; all else stays as recorded, but an object of
/// another kind replaces the recorded one.
void change_recorded(Json& scenario, const Json& changes);

/// Whether the server of this scenario goes on without who is late: learning depends on timing.
[[nodiscard]] bool goes_on(const Json& scenario);

/// Throws InputError at `where` unless a replay may change the setting at this dotted path.
void require_replayable(const std::string& path, const std::string& where);

}  // namespace gradwire::experiment
