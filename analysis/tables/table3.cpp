#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/statistics/sample.hpp"
#include "analysis/study/published.hpp"
#include "analysis/tables/repeated.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

/// A column's value per 100 iterations of each run.
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

/// Communication time as the paper's timer measures it: receiving uploads, and the server's
/// handling of them. `of(series, column)` returns a column, in whole or per 100 iterations.
template <class Of>
Cost communication(const Series& series, Of of) {
  Cost cost = of(series, "uplink_seconds");
  const Cost server = of(series, "server_seconds");
  if (!cost.whole() || !server.whole()) return cost;  // older results have no server time
  for (std::size_t i = 0; i < cost.values.size(); ++i) cost.values[i] += server.values[i];
  return cost;
}

/// Bytes of the server's state. Has no values if a run did not measure them (synthetic traces): the
/// server keeps the contributions of skipping workers, so 0 bytes with skips is no measurement.
Cost server_state(const Series& series) {
  Cost kept = cost_of(series, "server_state_bytes");
  const Cost skipped = cost_of(series, "skipped");
  if (!kept.whole() || !skipped.whole()) return kept;
  for (std::size_t i = 0; i < kept.values.size(); ++i) {
    if (kept.values[i] > 0.0 || skipped.values[i] == 0.0) continue;
    kept.unknown = kept.values.size();
    kept.values.clear();
    break;
  }
  return kept;
}

/// Bytes of the values alone in the server's state, without positions: M uploads of the mean size.
Cost kept_values(const Series& series, const Cost& kept) {
  Cost values = cost_of(series, "uplink_payload_bits");
  const Cost rounds = cost_of(series, "rounds"), workers = cost_of(series, "workers");
  if (!values.whole() || !rounds.whole() || !workers.whole() || !kept.whole()) {
    values.values.clear();
    return values;
  }
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    const double an_upload = values.values[i] / 8.0 / rounds.values[i];
    values.values[i] = kept.values[i] > 0.0 ? workers.values[i] * an_upload : 0.0;
  }
  return values;
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
  const Cost time = communication(series, per_100_iterations);
  const Cost whole = communication(series, cost_of);
  const Cost extra = per_100_iterations(series, "auxiliary_compute_seconds");
  const Cost kept = server_state(series);
  const Cost memory = scaled(kept, 1.0 / mebibyte);
  const Cost values = scaled(kept_values(series, kept), 1.0 / mebibyte);
  return {text_cell(panel.label.empty() ? std::string(run.text("dataset.name")) : panel.label),
          text_cell(series.label),
          spread_cell(time, Format::hundredths),
          number_cell(paper("communication_s"), Format::hundredths),
          multiple_cell(time, paper("communication_s")),
          spread_cell(cost_of(series, "iterations"), Format::whole),
          spread_cell(whole, Format::whole),
          spread_cell(extra, Format::hundredths),
          number_cell(paper("computation_s"), Format::hundredths),
          spread_cell(memory, Format::hundredths),
          spread_cell(values, Format::hundredths),
          number_cell(paper("memory_mib"), Format::hundredths)};
}

}  // namespace

std::optional<Table> table3(const Study& study) {
  Table table{
      .slug = "table3",
      .title = "Cost of 100 iterations (Table III)",
      .columns = {{"Task", {"task"}, false},
                  {"Method", {"method"}, false},
                  {"Communication (s)", spread_columns("communication_seconds_per_100")},
                  {"Paper", {"paper_communication_s"}, true, true},
                  {"Ratio", {"communication_to_paper"}, true, true},
                  {"Iterations", spread_columns("iterations")},
                  {"Communication of them all (s)", spread_columns("communication_seconds")},
                  {"Extra computation (s)", spread_columns("auxiliary_compute_seconds_per_100")},
                  {"Paper", {"paper_computation_s"}, true, true},
                  {"Server's memory (MiB)", spread_columns("server_state_mebibytes")},
                  {"Values alone (MiB)", spread_columns("server_values_mebibytes")},
                  {"Paper", {"paper_memory_mib"}, true, true}}};
  table.keys = 2;
  const LearningKeys learning_of(study);
  std::set<std::string> notes;
  bool any = false;
  for (const Panel& panel : study.panels) {
    for (const Series& series : panel.series) {
      any = any || !per_100_iterations(series, "uplink_seconds").values.empty();
      table.rows.push_back(row_of(panel, series, notes));
      table.learning.push_back(named_learning(learning_of(panel, series), series));
    }
  }
  if (!any) return std::nullopt;
  table.notes.push_back(
      "Means over whole runs, ± standard deviation over seeds. Communication: uplink, and the "
      "server's handling of uploads where that is charged. Extra computation: simulated time of "
      "gradients that only the send rule asked for. Memory: contributions that the server keeps; "
      "the paper counts their values alone.");
  table.notes.insert(table.notes.end(), notes.begin(), notes.end());
  return table;
}

}  // namespace gradwire::analysis
