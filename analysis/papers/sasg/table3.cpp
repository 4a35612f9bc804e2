#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/papers/sasg/published.hpp"
#include "analysis/papers/sasg/sasg.hpp"
#include "analysis/tables/repeated.hpp"

namespace gradwire::analysis::papers::sasg {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

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
  Cost state = cost_of(series, "server_state_bytes");
  const Cost skipped = cost_of(series, "skipped");
  if (!state.whole() || !skipped.whole()) return state;
  for (std::size_t i = 0; i < state.values.size(); ++i) {
    if (state.values[i] > 0.0 || skipped.values[i] == 0.0) continue;
    state.unknown = state.values.size();
    state.values.clear();
    break;
  }
  return state;
}

/// Bytes of the values alone in the server's state, without positions: M uploads of the mean size.
Cost server_values(const Series& series, const Cost& state) {
  Cost values = cost_of(series, "uplink_payload_bits");
  const Cost rounds = cost_of(series, "rounds"), workers = cost_of(series, "workers");
  if (!values.whole() || !rounds.whole() || !workers.whole() || !state.whole()) {
    values.values.clear();
    return values;
  }
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    const double mean_upload = values.values[i] / 8.0 / rounds.values[i];
    values.values[i] = state.values[i] > 0.0 ? workers.values[i] * mean_upload : 0.0;
  }
  return values;
}

Cost scaled(Cost cost, double factor) {
  std::ranges::transform(cost.values, cost.values.begin(), [&](double v) { return v * factor; });
  return cost;
}

std::vector<Cell> row_of(const Panel& panel, const Series& series, std::set<std::string>& notes) {
  const Run& run = *series.runs.front();
  const Published* task = task_of(run, {&published_tables().table3, 1});
  const std::string why_not = task == nullptr ? "" : difference(run, *task);
  if (!why_not.empty()) {
    notes.insert(fmt::format("Not compared with the paper: {} ({}).", why_not, series.label));
  }
  const bool comparable = task != nullptr && why_not.empty();
  const auto paper = [&](const char* column) {
    return comparable ? task->value(column, series.algorithm) : std::nullopt;
  };
  const Cost time = communication(series, per_100_iterations);
  const Cost whole = communication(series, cost_of);
  const Cost extra = per_100_iterations(series, "auxiliary_compute_seconds");
  const Cost state = server_state(series);
  const Cost memory = scaled(state, 1.0 / mebibyte);
  const Cost values = scaled(server_values(series, state), 1.0 / mebibyte);
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

}  // namespace gradwire::analysis::papers::sasg
