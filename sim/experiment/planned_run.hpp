#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/experiment/json.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

/// Where the iterations of a replay come from.
struct RecordedRun {
  std::filesystem::path trace;
  int threads = 1;                 ///< that learned
  bool stops = false;              ///< at its baseline: there is nothing behind that
  bool depends_on_timing = false;  ///< what it learned: protocol.on_failure was go_on
};

/// One run of an experiment.
struct PlannedRun {
  std::string id;  ///< run_id() of the scenario; a folder's name
  Scenario scenario;
  std::vector<std::pair<std::string, Json>> axes;  ///< swept path and its value, as in the file
  std::optional<RecordedRun> recorded;             ///< to be replayed; else it learns
};

}  // namespace gradwire::experiment
