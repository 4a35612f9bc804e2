#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/sweep/experiment_file.hpp"

namespace gradwire::studies {

/// A complete run and its summary.json.
using FinishedRun = std::pair<const scenario::PlannedRun*, nlohmann::ordered_json>;

/// The table printed at the end of a sweep: accuracy, rounds, uplink bits, wire bytes and simulated
/// seconds per combination of swept values (means over seeds), each cost also as a share of SGD's
/// if the sweep has SGD; at the baseline, if the experiment names one, and at the end.
[[nodiscard]] std::string comparison(const std::vector<FinishedRun>& runs);

}  // namespace gradwire::studies
