#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/results/methods.hpp"
#include "analysis/study/models.hpp"
#include "analysis/tables/repeated.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

struct Quantity {
  const char* title;
  const char* key;
  Format format;
};
constexpr std::array<Quantity, 4> quantities{
    {{"Rounds", "rounds", Format::whole},
     {"Uplink payload (bits)", "uplink_payload_bits", Format::scientific},
     {"Uplink on the wire (bytes)", "uplink_wire_bytes", Format::scientific},
     {"Simulated time (s)", "simulated_seconds", Format::seconds}}};

constexpr const char* timed = "simulated_seconds";  ///< quantity that depends on the network model

Cell envelope_cell(const std::optional<Envelope>& envelope) {
  if (!envelope) return {"–", {"", ""}};
  return {fmt::format("{} to {}", formatted(envelope->least, Format::seconds),
                      formatted(envelope->most, Format::seconds)),
          {fmt::format("{}", envelope->least), fmt::format("{}", envelope->most)}};
}

/// The baseline in words; "the baseline" if it differs between panels or is unknown.
std::string goal_of(const Study& study) {
  const Run& run = study.panels.front().any();
  const std::string_view metric = run.text("baseline.metric");
  const bool varies = std::ranges::any_of(
      study.varied, [](const std::string& key) { return key.starts_with("baseline"); });
  if (metric.empty() || varies) return "the baseline";
  std::string words(metric);
  std::ranges::replace(words, '_', ' ');
  return fmt::format("{} above {}", words, run.text("baseline.above"));
}

Table empty_table(CostPoint point, const Study& study, const std::string& reference, bool panels) {
  const bool at_baseline = point == CostPoint::baseline;
  Table table{.slug = at_baseline ? "comparison" : "comparison-end",
              .title = at_baseline ? "What it costs until " + goal_of(study)
                                   : "What it costs to the end of training"};
  table.keys = panels ? 2 : 1;
  if (panels) table.columns.push_back({"Setting", {"setting"}, false});
  table.columns.push_back({"Method", {"method"}, false});
  table.columns.push_back({at_baseline ? "Reached" : "Runs", {"with_value", "runs"}});
  table.columns.push_back({"Test accuracy", spread_columns("test_accuracy")});
  for (const Quantity& quantity : quantities) {
    table.columns.push_back({quantity.title, spread_columns(quantity.key)});
    table.columns.push_back({"of " + reference, ratio_columns(quantity.key), true, true});
  }
  if (!study.models.empty()) {
    table.columns.push_back(
        {"over models", {std::string(timed) + "_least", std::string(timed) + "_most"}, true, true});
  }
  return table;
}

}  // namespace

std::optional<Table> comparison(const Study& study, CostPoint point) {
  const std::string prefix = point == CostPoint::baseline ? "baseline." : "";
  const bool panels = study.panels.size() > 1;
  const std::string reference = display_name(study.panels.front().reference().algorithm);
  Table table = empty_table(point, study, reference, panels);
  const LearningKeys learning_of(study);
  bool any = false;
  for (const Panel& panel : study.panels) {
    const Series& against = panel.reference();
    for (const Series& series : panel.series) {
      const Cost accuracy = cost_of(
          series, point == CostPoint::baseline ? "baseline.test_accuracy" : "final.test_accuracy");
      any = any || accuracy.no_baseline + accuracy.unknown < accuracy.runs;
      std::vector<Cell> row;
      if (panels) row.push_back(text_cell(panel.label));
      row.push_back(text_cell(series.label));
      row.push_back(count_cell(accuracy));
      // An accuracy is not a cost: the accuracies of the runs that reached the baseline bound
      // nothing.
      row.push_back(accuracy.whole() ? spread_cell(accuracy, Format::fraction)
                                     : Cell{"–", {"", "", ""}});
      for (const Quantity& quantity : quantities) {
        const Cost cost = cost_of(series, prefix + quantity.key);
        row.push_back(spread_cell(cost, quantity.format));
        row.push_back(ratio_cell(ratio_of(cost, cost_of(against, prefix + quantity.key))));
      }
      if (!study.models.empty()) {
        row.push_back(envelope_cell(envelope_of(panel, series.label, prefix + timed)));
      }
      table.rows.push_back(std::move(row));
      if (panels) table.learning.push_back(learning_of(panel, series));
    }
  }
  if (!any) return std::nullopt;
  const bool one_seed = std::ranges::all_of(study.panels, [](const Panel& panel) {
    return std::ranges::all_of(panel.series, [](const Series& s) { return s.runs.size() == 1; });
  });
  table.notes.push_back(
      one_seed ? std::string("One seed each: nothing is known of the spread.")
               : fmt::format("Means over seeds, ± standard deviation. “of {}”: ratio of the means "
                             "over the seeds that both have, with its 95 % bootstrap interval, "
                             "paired by seed; none where a run of either has no number.",
                             reference));
  return table;
}

}  // namespace gradwire::analysis
