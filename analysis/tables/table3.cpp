#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/statistics/sample.hpp"
#include "analysis/study/published.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

/// A column's value of 100 iterations in each run.
Cost per_100_iterations(const Series& series, const std::string& column) {
  Cost cost = cost_of(series, column);
  const Cost iterations = cost_of(series, "iterations");
  if (!cost.whole() || !iterations.whole()) {
    cost.values.clear();
    return cost;
  }
  for (std::size_t i = 0; i < cost.values.size(); ++i) {
    cost.values[i] *= 100.0 / iterations.values[i];
  }
  return cost;
}

Cost scaled(Cost cost, double factor) {
  std::ranges::transform(cost.values, cost.values.begin(), [&](double v) { return v * factor; });
  return cost;
}

Cell multiple_cell(const Cost& cost, std::optional<double> paper) {
  if (!paper || !cost.whole()) return {"–", {""}};
  const double multiple = mean(cost.values) / *paper;
  return {fmt::format("{:.3f}", multiple), {fmt::format("{}", multiple)}};
}

std::vector<Cell> row_of(const Panel& panel, const Series& series, std::set<std::string>& notes) {
  const Run& run = *series.runs.front();
  const Published& paper_table = published_tables().table3;
  const bool of_task = std::ranges::all_of(
      paper_table.identity, [&](const auto& s) { return run.text(s.first) == s.second; });
  const std::string why_not = of_task ? difference(run, paper_table) : "";
  if (!why_not.empty()) {
    notes.insert(fmt::format("Not compared with the paper: {} ({}).", why_not, series.label));
  }
  const auto paper = [&](const char* column) {
    return of_task && why_not.empty() ? paper_table.value(column, series.algorithm) : std::nullopt;
  };
  const Cost uplink = per_100_iterations(series, "uplink_seconds");
  const Cost extra = per_100_iterations(series, "auxiliary_compute_seconds");
  const Cost memory = scaled(cost_of(series, "server_state_bytes"), 1.0 / mebibyte);
  return {text_cell(panel.label.empty() ? std::string(run.text("dataset.name")) : panel.label),
          text_cell(series.label),
          spread_cell(uplink, Format::seconds),
          number_cell(paper("communication_s"), Format::seconds),
          multiple_cell(uplink, paper("communication_s")),
          spread_cell(extra, Format::seconds),
          number_cell(paper("computation_s"), Format::seconds),
          spread_cell(memory, Format::seconds),
          number_cell(paper("memory_mib"), Format::seconds)};
}

}  // namespace

std::optional<Table> table3(const Study& study) {
  Table table{
      .slug = "table3",
      .title = "Cost of 100 iterations (Table III)",
      .columns = {{"Task", {"task"}, false},
                  {"Method", {"method"}, false},
                  {"Uplink time (s)", spread_columns("uplink_seconds_per_100")},
                  {"Paper", {"paper_communication_s"}},
                  {"Ratio", {"communication_to_paper"}},
                  {"Extra computation (s)", spread_columns("auxiliary_compute_seconds_per_100")},
                  {"Paper", {"paper_computation_s"}},
                  {"Server's memory (MiB)", spread_columns("server_state_mebibytes")},
                  {"Paper", {"paper_memory_mib"}}}};
  std::set<std::string> notes;
  bool any = false;
  for (const Panel& panel : study.panels) {
    for (const Series& series : panel.series) {
      any = any || !per_100_iterations(series, "uplink_seconds").values.empty();
      table.rows.push_back(row_of(panel, series, notes));
    }
  }
  if (!any) return std::nullopt;
  table.notes.push_back(
      "Means over whole runs, ± standard deviation over seeds. Extra computation: simulated time "
      "of "
      "gradients that only the send rule asked for. Memory: contributions that the server keeps, "
      "values and indices (the paper seems to count the values alone).");
  table.notes.insert(table.notes.end(), notes.begin(), notes.end());
  return table;
}

}  // namespace gradwire::analysis
