#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// Whether a column of a summary, or a member of summary.json with its dots, is a number.
[[nodiscard]] bool is_number_of_summary(std::string_view column);

/// For each column of a runs.csv whether it is a result rather than a setting. A table of
/// gradwire's own has its settings between "id" and "status" and results behind; in others, names
/// decide.
[[nodiscard]] std::vector<bool> results_among(const std::vector<std::string>& header);

}  // namespace gradwire::analysis
