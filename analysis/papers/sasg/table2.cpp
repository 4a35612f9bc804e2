#include <fmt/format.h>

#include <set>

#include "analysis/papers/sasg/published.hpp"
#include "analysis/papers/sasg/sasg.hpp"
#include "analysis/statistics/equivalence.hpp"
#include "analysis/tables/repeated.hpp"

namespace gradwire::analysis::papers::sasg {
namespace {

const char* words_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::equivalent:
      return "equivalent";
    case Verdict::different:
      return "different";
    case Verdict::undetermined:
      return "undetermined";
  }
  return "";
}

Cell verdict_cell(const Cost& cost, std::optional<double> paper, double margin) {
  if (!paper || !cost.whole()) return {"–", {"", ""}};
  if (cost.runs < 2) return {"one seed", {"undetermined", ""}};
  const Equivalence result = equivalence(cost.values, *paper, margin);
  const std::string p = result.p < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", result.p);
  return {fmt::format("{} ({})", words_for(result.verdict), p),
          {words_for(result.verdict), fmt::format("{}", result.p)}};
}

/// Row of one series; `notes` gains the reason if it is not compared with the paper.
std::vector<Cell> row_of(const Panel& panel, const Series& series, double margin,
                         std::set<std::string>& notes) {
  const Run& run = *series.runs.front();
  const Published* task = task_of(run, published_tables().table2);
  const std::string why_not = task == nullptr ? "" : difference(run, *task);
  if (!why_not.empty()) {
    notes.insert(fmt::format("Not compared with the paper's {}: {} ({}).", task->name, why_not,
                             series.label));
  }
  const bool comparable = task != nullptr && why_not.empty();
  const auto paper = [&](const char* column) {
    return comparable ? task->value(column, series.algorithm) : std::nullopt;
  };
  const Cost rounds = cost_of(series, "baseline.rounds");
  const Cost bits = cost_of(series, "baseline.uplink_payload_bits");
  const auto interval = rounds.whole() ? bootstrap_mean(rounds.values) : std::nullopt;
  return {text_cell(task != nullptr       ? task->name
                    : panel.label.empty() ? std::string(run.text("dataset.name"))
                                          : panel.label),
          text_cell(series.label),
          count_cell(rounds),
          spread_cell(rounds, Format::whole),
          interval_cell(interval, Format::whole),
          number_cell(paper("rounds"), Format::whole),
          multiple_cell(rounds, paper("rounds")),
          verdict_cell(rounds, paper("rounds"), margin),
          spread_cell(bits, Format::scientific),
          number_cell(paper("bits"), Format::scientific),
          multiple_cell(bits, paper("bits"))};
}

}  // namespace

std::optional<Table> table2(const Study& study, double margin) {
  Table table{.slug = "table2",
              .title = "Communication until the baseline accuracy (Table II)",
              .columns = {{"Task", {"task"}, false},
                          {"Method", {"method"}, false},
                          {"Reached", {"reached", "runs"}},
                          {"Rounds", spread_columns("rounds")},
                          {"95 % interval", interval_columns("rounds"), true, true},
                          {"Paper", {"paper_rounds"}, true, true},
                          {"Ratio", {"rounds_to_paper"}, true, true},
                          {fmt::format("Within ±{:g} %?", 100.0 * margin),
                           {"equivalence", "equivalence_p"},
                           false,
                           true},
                          {"Uplink payload (bits)", spread_columns("uplink_payload_bits")},
                          {"Paper", {"paper_bits"}, true, true},
                          {"Ratio", {"bits_to_paper"}, true, true}}};
  table.keys = 2;
  const LearningKeys learning_of(study);
  std::set<std::string> notes;
  bool any_goal = false, any_paper = false;
  for (const Panel& panel : study.panels) {
    for (const Series& series : panel.series) {
      const Cost cost = cost_of(series, "baseline.rounds");
      any_goal = any_goal || cost.no_baseline + cost.unknown < cost.runs;
      table.rows.push_back(row_of(panel, series, margin, notes));
      table.learning.push_back(named_learning(learning_of(panel, series), series));
      any_paper = any_paper || !table.rows.back()[5].csv.front().empty();
    }
  }
  if (!any_goal) return std::nullopt;
  table.notes.push_back(
      "Mean ± standard deviation over seeds; interval: percentile bootstrap over seeds of the mean "
      "(with five seeds a nominal 95 % covers about 83 %). “> x”: not every run reached the "
      "baseline; those count with what they spent, so x is a lower bound. Payload: 32 bits a value "
      "sent.");
  if (any_paper) {
    table.notes.push_back(
        fmt::format("Paper: {}. Within ±{:g} %: two one-sided t tests, each at the 5 % level, of "
                    "the mean number "
                    "of rounds against the published one taken as exact; equivalent: both reject; "
                    "different: the "
                    "mean lies outside by the opposite test; else undetermined.",
                    published_tables().source, 100.0 * margin));
  }
  table.notes.insert(table.notes.end(), notes.begin(), notes.end());
  return table;
}

}  // namespace gradwire::analysis::papers::sasg
