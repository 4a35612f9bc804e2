#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// Whether a column of runs.csv, or a member of summary.json by its dotted name, is a number.
[[nodiscard]] bool is_number_of_summary(std::string_view column);

/// For each column of a runs.csv, whether it is a result rather than a setting. Gradwire's own
/// tables have the settings between "id" and "status" and results after "status"; in other tables
/// the names decide.
[[nodiscard]] std::vector<bool> results_among(const std::vector<std::string>& header);

}  // namespace gradwire::analysis
