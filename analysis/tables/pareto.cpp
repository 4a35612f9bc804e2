#include "analysis/study/pareto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "analysis/results/methods.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/learning_groups.hpp"
#include "analysis/tables/repeated.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

struct Shown {
  Spending spending;
  const char* title;
  Format format;
};
constexpr std::array<Shown, spending_count> shown{
    {{Spending::payload_bits, "Uplink payload (bits)", Format::scientific},
     {Spending::wire_bytes, "Uplink on the wire (bytes)", Format::scientific},
     {Spending::seconds, "Simulated time (s)", Format::seconds}}};
constexpr std::array both{Spending::payload_bits, Spending::seconds};

std::vector<std::string> place_columns(const std::string& name) {
  return {name + "_on_front", name + "_beaten_by"};
}

Cell place_cell(const Place& place, const std::vector<Outcome>& outcomes) {
  if (!place.known) return {"–", {"", ""}};
  if (place.on_front()) return {"front", {"1", ""}};
  const std::string& label = outcomes[*place.beaten_by].series->label;
  return {"behind " + label, {"0", label}};
}

Table empty_pareto(bool panels) {
  Table table{.slug = "pareto", .title = "Accuracy against bits and time: which methods pay"};
  table.keys = panels ? 2 : 1;
  if (panels) table.columns.push_back({"Setting", {"setting"}, false});
  table.columns.push_back({"Method", {"method"}, false});
  table.columns.push_back({"Runs", {"with_value", "runs"}});
  table.columns.push_back({"Final test accuracy", spread_columns("test_accuracy")});
  for (const Shown& quantity : shown) {
    const std::string column = column_of(quantity.spending);
    table.columns.push_back({quantity.title, spread_columns(column)});
    table.columns.push_back({"front", place_columns(column), false, true});
  }
  table.columns.push_back({"Bits and time together", place_columns("bits_and_time"), false});
  return table;
}

std::vector<Cell> cells_of(const Outcome& outcome) {
  return {text_cell(outcome.series->label), count_cell(outcome.runs),
          outcome.accuracy.whole() ? spread_cell(outcome.accuracy, Format::fraction)
                                   : Cell{"–", {"", "", ""}}};
}

/// Adds the rows of a panel; returns how many of its methods can be compared.
std::size_t add_rows(const Panel& panel, const LearningKeys& learning_of, bool panels,
                     Table& table) {
  const std::vector<Outcome> outcomes = outcomes_of(panel);
  std::array<std::vector<Place>, spending_count> places;
  for (std::size_t k = 0; k < shown.size(); ++k) {
    places[k] = places_of(outcomes, std::array{shown[k].spending});
  }
  const std::vector<Place> together = places_of(outcomes, both);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    std::vector<Cell> row = cells_of(outcomes[i]);
    for (std::size_t k = 0; k < shown.size(); ++k) {
      row.push_back(spread_cell(outcomes[i].cost(shown[k].spending), shown[k].format));
      row.push_back(place_cell(places[k][i], outcomes));
    }
    row.push_back(place_cell(together[i], outcomes));
    if (panels) {
      row.insert(row.begin(), text_cell(panel.label));
      table.learning.push_back(learning_of(panel, panel.series[i]));
    }
    table.rows.push_back(std::move(row));
  }
  return static_cast<std::size_t>(std::ranges::count_if(outcomes, &Outcome::comparable));
}

/// A sentence where methods are compared over fewer seeds than a method has.
std::string seeds_note(const Study& study) {
  std::set<std::string> settings;
  for (const Panel& panel : study.panels) {
    for (const Outcome& outcome : outcomes_of(panel)) {
      const bool fewer = outcome.comparable && outcome.accuracy.runs < outcome.runs.runs;
      const bool none = !outcome.comparable && outcome.runs.whole();
      if (fewer || none) settings.insert(panel.label);
    }
  }
  if (settings.empty()) return "";
  const std::string where =
      study.panels.size() > 1 ? fmt::format(" (in {} settings)", settings.size()) : "";
  return fmt::format(
      "Methods do not have the same seeds{}: means here are over the seeds that all of them have, "
      "and without such a seed nothing is compared.",
      where);
}

bool only_networks(const Study& study) {
  return std::ranges::all_of(study.varied, [](const std::string& key) {
    return key.starts_with("platform.") || key.starts_with("network_");
  });
}

/// "QSGD (0.8610 in 3.20 s), SGD (0.8702 in 31.6 s)": from the fastest to the most accurate.
Cell front_cell(const std::vector<Outcome>& outcomes) {
  std::string text, labels;
  for (const std::size_t i : front_of(outcomes, Spending::seconds)) {
    const Outcome& outcome = outcomes[i];
    text += fmt::format("{}{} ({} in {} s)", text.empty() ? "" : ", ", outcome.series->label,
                        formatted(mean(outcome.accuracy.values), Format::fraction),
                        formatted(mean(outcome.cost(Spending::seconds).values), Format::seconds));
    labels += (labels.empty() ? "" : "; ") + outcome.series->label;
  }
  return {text.empty() ? "–" : text, {labels}};
}

std::vector<Cell> first_cells(const Panel& panel, const First& first) {
  const auto methods = panel.series.size();
  const Cell reached{fmt::format("{} of {}", first.reached, methods),
                     {std::to_string(first.reached), std::to_string(methods)}};
  if (first.series.empty()) {
    return {{first.has_baseline ? "none" : "–", {""}},
            {"–", {"", "", ""}},
            ratio_cell({}),
            first.has_baseline ? reached : Cell{"–", {"", ""}}};
  }
  std::string labels;
  for (const std::size_t i : first.series) {
    labels += (labels.empty() ? "" : "; ") + panel.series[i].label;
  }
  const Cost reference = cost_of(panel.reference(), "baseline.simulated_seconds");
  return {text_cell(labels), spread_cell(first.seconds, Format::seconds),
          ratio_cell(ratio_of(first.seconds, reference)), reached};
}

}  // namespace

std::optional<Table> pareto(const Study& study) {
  const bool panels = study.panels.size() > 1;
  Table table = empty_pareto(panels);
  const LearningKeys learning_of(study);
  std::size_t most = 0;
  for (const Panel& panel : study.panels) {
    most = std::max(most, add_rows(panel, learning_of, panels, table));
  }
  if (most < 2) return std::nullopt;
  table.notes.push_back(
      "To the end of training. “front”: no other method is at least as accurate for at most this "
      "cost and better in one of the two; “behind”: the method of least cost on the front that is. "
      "Decided by the means alone: a difference within the spread may be chance.");
  if (std::string note = seeds_note(study); !note.empty()) table.notes.push_back(std::move(note));
  return table;
}

std::optional<Table> which_pays(const Study& study) {
  if (study.panels.size() < 2) return std::nullopt;
  const std::string where = only_networks(study) ? "On which network" : "In which setting";
  const std::string reference = display_name(study.panels.front().reference().algorithm);
  Table table{.slug = "which-pays",
              .title = where + " does each method pay?",
              .columns = {{"Setting", {"setting"}, false},
                          {"On the front of accuracy and time", {"on_front"}, false},
                          {"First at the baseline", {"first"}, false},
                          {"Its time (s)", spread_columns("first_seconds")},
                          {"of " + reference, ratio_columns("first_seconds"), true, true},
                          {"Methods that reach it", {"reached", "methods"}}}};
  bool any = false;
  for (const Panel& panel : study.panels) {
    const std::vector<Outcome> outcomes = outcomes_of(panel);
    any = any || std::ranges::count_if(outcomes, &Outcome::comparable) > 1;
    std::vector<Cell> row{text_cell(panel.label), front_cell(outcomes)};
    std::ranges::move(first_cells(panel, first_at_baseline(panel)), std::back_inserter(row));
    table.rows.push_back(std::move(row));
  }
  if (!any) return std::nullopt;
  table.notes.push_back(
      "From the fastest to the most accurate, with final test accuracy and simulated time. For "
      "every other method one of these is at least as accurate and as fast, unless a run of it "
      "lacks a number. A method reaches the baseline if each of its runs does.");
  return table;
}

}  // namespace gradwire::analysis
