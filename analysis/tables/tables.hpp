#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/study.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// SASG's Table II: rounds and bits until the baseline, mean and deviation over seeds, beside the
/// paper's number where the settings are the paper's; with the verdict of two one-sided tests at
/// `margin` (a fraction of the published number). None if no run has a baseline.
[[nodiscard]] std::optional<Table> table2(const Study& study, double margin);

/// SASG's Table III: uplink time and extra computation of 100 iterations, and the server's memory.
[[nodiscard]] std::optional<Table> table3(const Study& study);

/// What a user reads first: each method's costs, at the baseline or at the end, as shares of SGD's
/// (or of the first method's) paired by seed.
enum class Moment { baseline, end };
[[nodiscard]] std::optional<Table> comparison(const Study& study, Moment moment);

/// At which uplink two methods take the same simulated time to the baseline. None unless the
/// uplink's bandwidth was swept.
[[nodiscard]] std::optional<Table> crossovers(const Study& study);

/// Every run, its state and its totals.
[[nodiscard]] Table run_list(const Results& results);

/// Means of one column over the runs, by two others.
struct PivotRequest {
  std::string rows, columns, value;  ///< columns of Results::columns(); `columns` may be empty
};
[[nodiscard]] Table pivot(const Results& results, const PivotRequest& request);

}  // namespace gradwire::analysis
