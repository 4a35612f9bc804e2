#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/experiment/experiment_file.hpp"

namespace gradwire::experiment {

/// A complete run and its summary.json.
using FinishedRun = std::pair<const PlannedRun*, nlohmann::ordered_json>;

/// What people read at the end of a sweep: for each combination of swept values (means over seeds)
/// accuracy, rounds, bits, wire bytes and simulated seconds, each also as a share of SGD's where
/// the sweep has SGD; at the baseline, where the experiment names one, and at the end.
[[nodiscard]] std::string comparison(const std::vector<FinishedRun>& runs);

}  // namespace gradwire::experiment
