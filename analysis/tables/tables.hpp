#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/study.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// Table II of the SASG paper: rounds and bits to the baseline, mean and deviation over seeds, next
/// to the paper's number where the settings are the paper's; with the verdict of two one-sided
/// tests at `margin` (a fraction of the published number). None if no run has a baseline.
[[nodiscard]] std::optional<Table> table2(const Study& study, double margin);

/// Table III of the SASG paper: uplink time and extra computation per 100 iterations, and the
/// server's memory. None if no run has an uplink time.
[[nodiscard]] std::optional<Table> table3(const Study& study);

/// The overview: each method's costs, to the baseline or to the end, also as ratios to those of SGD
/// (or of the first method), paired by seed.
enum class CostPoint { baseline, end };
[[nodiscard]] std::optional<Table> comparison(const Study& study, CostPoint moment);

/// Where methods take the same simulated time: crossovers found by replaying or, without these,
/// uplink bandwidths interpolated from a sweep. None if there is neither.
[[nodiscard]] std::optional<Table> crossovers(const Study& study);

/// Every run with its status and totals.
[[nodiscard]] Table run_list(const Results& results);

/// Request for means of the column `value` over the runs, by one or two other columns.
struct PivotRequest {
  std::string rows, columns, value;  ///< from Results::columns(); `columns` may be empty
};
[[nodiscard]] Table pivot(const Results& results, const PivotRequest& request);

}  // namespace gradwire::analysis
