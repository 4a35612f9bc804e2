#include "sim/results/graph_table.hpp"

#include <algorithm>
#include <cstddef>

#include "sim/results/columns.hpp"

namespace gradwire::results {
namespace {

/// The messages of an iteration, by sender and receiver.
std::vector<GraphRow> rows_of(const algorithms::MixingMatrix& matrix,
                              std::optional<std::int64_t> iteration,
                              const std::vector<network::HostName>& hosts) {
  std::vector<GraphRow> rows;
  for (int to = 0; to < matrix.nodes(); ++to) {
    for (const auto& [from, weight] : matrix.incoming[static_cast<std::size_t>(to)]) {
      rows.push_back({.iteration = iteration,
                      .from = from,
                      .to = to,
                      .weight = weight,
                      .sender = hosts.at(static_cast<std::size_t>(from)),
                      .receiver = hosts.at(static_cast<std::size_t>(to))});
    }
  }
  std::ranges::stable_sort(rows, {}, &GraphRow::from);
  return rows;
}

std::string line_of_edge(const GraphRow& row) {
  std::vector<std::string> cells;
  for (const GraphColumn& column : graph_columns()) cells.push_back(csv_cell(column.text(row)));
  return csv_line(cells);
}

}  // namespace

std::string graph_csv(const algorithms::MixingSchedule& schedule,
                      const std::vector<network::HostName>& hosts) {
  std::vector<std::string> names;
  for (const GraphColumn& column : graph_columns()) names.push_back(column.about.name);
  std::string text = csv_line(names);
  for (std::int64_t t = 0; t < schedule.listed_iterations(); ++t) {
    const auto iteration = schedule.is_fixed() ? std::nullopt : std::optional(t + 1);
    for (const GraphRow& row : rows_of(*schedule.at(t), iteration, hosts)) {
      text += line_of_edge(row);
    }
  }
  return text;
}

}  // namespace gradwire::results
