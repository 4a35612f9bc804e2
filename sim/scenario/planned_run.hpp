#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/json/json.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Source of the iterations of a replay.
struct RecordedRun {
  std::filesystem::path trace;
  int threads = 1;     ///< number of threads that trained the recorded run
  bool stops = false;  ///< it ended at its baseline, and so does the trace
  // Its training depended on timing, so that it cannot be replayed:
  bool goes_on = false;          ///< on_failure was go_on
  bool is_asynchronous = false;  ///< the server applied what came when it came
  [[nodiscard]] bool depends_on_timing() const { return goes_on || is_asynchronous; }
};

/// One run of an experiment.
struct PlannedRun {
  std::string id;  ///< run_id() of the scenario, and name of its folder
  Scenario scenario;
  std::vector<std::pair<std::string, Json>> axes;  ///< swept path and its value, as in the file
  std::optional<RecordedRun> recorded;             ///< to be replayed; nullopt: to be trained
};

}  // namespace gradwire::scenario
