#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

/// A run's value of a column as a heading; "(none)" if it is empty.
std::string heading(const Run& run, const std::string& column) {
  const std::string text(run.text(column));
  return text.empty() ? "(none)" : text;
}

std::vector<std::string> headings(const Results& results, const std::string& column) {
  if (column.empty()) return {""};
  std::map<std::string, const Run*> found;
  for (const Run& run : results.runs) found.emplace(heading(run, column), &run);
  std::vector<std::pair<std::string, const Run*>> sorted(found.begin(), found.end());
  std::ranges::stable_sort(sorted, [&](const auto& a, const auto& b) {
    const auto x = a.second->number(column), y = b.second->number(column);
    if (x.has_value() != y.has_value()) return x.has_value();
    return x && *x < *y;
  });
  std::vector<std::string> names;
  for (const auto& [name, run] : sorted) names.push_back(name);
  return names;
}

Format format_for(const std::string& column) {
  if (column.ends_with("rounds") || column.ends_with("iteration")) return Format::whole;
  if (column.ends_with("seconds")) return Format::seconds;
  return Format::plain;
}

std::string cell_text(const Cost& cost, Format format) {
  if (cost.runs == 0) return "–";
  std::string text = spread_cell(cost, format).text;
  const std::string why = cost.missing_reasons();
  if (cost.runs > 1 || !why.empty()) text += fmt::format(" (n = {})", cost.values.size());
  return why.empty() ? text : text + ", " + why;
}

}  // namespace

Table pivot(const Results& results, const PivotRequest& request) {
  Table table{.slug = "pivot",
              .title = fmt::format("{} by {}{}", request.value, request.rows,
                                   request.columns.empty() ? "" : " and " + request.columns),
              .columns = {{request.rows, {request.rows}, false}}};
  const auto columns = headings(results, request.columns);
  for (const std::string& name : columns) {
    const std::string title = name.empty() ? request.value : name;
    table.columns.push_back(
        {title,
         {title + "_mean", title + "_sd", title + "_exceeds", title + "_n", title + "_runs"}});
  }
  for (const std::string& row : headings(results, request.rows)) {
    std::vector<Cell> cells{text_cell(row)};
    for (const std::string& column : columns) {
      Series here;
      for (const Run& run : results.runs) {
        const bool is_here = heading(run, request.rows) == row &&
                             (column.empty() || heading(run, request.columns) == column);
        if (is_here) here.runs.push_back(&run);
      }
      const Cost cost = cost_of(here, request.value);
      Cell cell = spread_cell(cost, format_for(request.value));
      cell.text = cell_text(cost, format_for(request.value));
      cell.csv.push_back(std::to_string(cost.values.size()));
      cell.csv.push_back(std::to_string(cost.runs));
      cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(cells));
  }
  table.notes.push_back(
      "Mean ± standard deviation over all runs that agree in row and column, whatever else they "
      "differ in.");
  return table;
}

}  // namespace gradwire::analysis
