#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/study.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// The overview: each method's costs, to the baseline or to the end, also as ratios to those of SGD
/// (or of the first method), paired by seed.
enum class CostPoint { baseline, end };
[[nodiscard]] std::optional<Table> comparison(const Study& study, CostPoint point);

/// Where methods take the same simulated time: crossovers found by replaying or, without these,
/// uplink bandwidths interpolated from a sweep. None if there is neither.
[[nodiscard]] std::optional<Table> crossovers(const Study& study);

/// Final accuracy, bits, bytes and time of each method, and for each of these costs whether another
/// method is as accurate for less. None unless two methods can be compared.
[[nodiscard]] std::optional<Table> pareto(const Study& study);

/// For each setting, the methods on the front of accuracy and time, and which one reaches the
/// baseline first. None for a single setting, or unless two methods can be compared.
[[nodiscard]] std::optional<Table> which_pays(const Study& study);

/// Every run with its status and totals.
[[nodiscard]] Table run_list(const Results& results);

/// Request for means of the column `value` over the runs, by one or two other columns.
struct PivotRequest {
  std::string rows, columns, value;  ///< from Results::columns(); `columns` may be empty
};
[[nodiscard]] Table pivot(const Results& results, const PivotRequest& request);

}  // namespace gradwire::analysis
