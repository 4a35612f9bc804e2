#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/figures/parts.hpp"
#include "analysis/results/methods.hpp"
#include "analysis/results/quantity.hpp"
#include "analysis/study/cost.hpp"
#include "analysis/study/crossover.hpp"
#include "analysis/study/models.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t rounds = x_axis("rounds"), test_accuracy = y_axis("test_accuracy");
constexpr std::size_t most_charts = 4;

struct Quantity {
  const char* column;
  const char* title;
  bool log;
};

/// One chart per column along a sweep; charts without lines are left out.
Figure sweep_figure(const SweepOver& sweep, const StyleMap& styles, std::span<const Quantity> what,
                    const std::string& x_title, bool log_x, Figures& figures) {
  Figure figure;
  for (const Quantity& quantity : what) {
    Chart chart = sweep_chart(sweep, styles, quantity.column, figures.notes);
    if (chart.lines.empty()) continue;
    chart.x_title = x_title;
    chart.y_title = quantity.title;
    chart.log_x = log_x;
    chart.log_y = quantity.log;
    figure.description += fmt::format("{} against {}, at the largest value: {}. ", quantity.title,
                                      x_title, ends_of(chart));
    figure.charts.push_back(std::move(chart));
  }
  return figure;
}

/// Regroups a panel's series so that each density has a separate panel, with one series per
/// algorithm.
Study by_density(const Panel& panel) {
  std::map<double, Panel> panels;
  for (const Series& series : panel.series) {
    const auto density = series.runs.front()->number("algorithm.density");
    if (!density) continue;
    Panel& at = panels[*density];
    at.settings["algorithm.density"] = series.runs.front()->text("algorithm.density");
    Series renamed = series;
    renamed.label = display_name(series.algorithm);
    const auto same = std::ranges::count(at.series, renamed.label, &Series::label);
    if (same == 0) at.series.push_back(std::move(renamed));
  }
  Study study;
  for (auto& [density, at] : panels) study.panels.push_back(std::move(at));
  return study;
}

}  // namespace

void add_sparsity(const Study& study, const std::string& slug, Figures& figures) {
  static constexpr Quantity what[] = {
      {"final.test_accuracy", "Final test accuracy (fraction)", false},
      {"baseline.uplink_payload_bits", "Payload to the baseline (bits)", true}};
  for (const Panel& panel : study.panels) {
    const Study densities = by_density(panel);
    for (const SweepOver& sweep : sweeps_over(densities, "algorithm.density")) {
      Figure figure = sweep_figure(sweep, styles_of(densities), what,
                                   "Density (fraction of entries sent)", true, figures);
      if (figure.charts.empty()) continue;
      figure.slug = joined_slug(slug, panel.slug);
      figure.title = "The cost of sparsity" + (panel.label.empty() ? "" : " (" + panel.label + ")");
      figures.drawn.push_back(std::move(figure));
    }
  }
}

void add_heterogeneity(const Study& study, const std::vector<PanelCurves>& curves,
                       const StyleMap& styles, const std::string& slug, Figures& figures) {
  static constexpr Quantity what[] = {
      {"final.test_accuracy", "Final test accuracy (fraction)", false},
      {"baseline.rounds", "Rounds to the baseline", true}};
  bool varied = false;
  for (const std::string& key : study.varied) {
    if (!key.starts_with("dataset.partition.")) continue;
    varied = true;
    for (const SweepOver& sweep : sweeps_over(study, key)) {
      Figure figure = sweep_figure(sweep, styles, what, key, sweep.values.front() > 0.0, figures);
      if (figure.charts.empty()) continue;
      figure.slug = joined_slug(slug + "-" + key.substr(key.rfind('.') + 1), sweep.slug);
      figure.title = "Heterogeneous data: " + key;
      figures.drawn.push_back(std::move(figure));
    }
  }
  if (!varied || curves.size() > most_charts) return;
  Figure figure{.slug = slug + "-heterogeneity", .title = "Heterogeneous data, learning curves"};
  for (const PanelCurves& panel : curves) {
    Chart chart = curve_chart(panel, styles, rounds, test_accuracy);
    if (chart.lines.empty()) continue;
    figure.description += fmt::format("{}: {}. ", panel.panel->label, ends_of(chart));
    figure.charts.push_back(std::move(chart));
  }
  if (!figure.charts.empty()) figures.drawn.push_back(std::move(figure));
}

namespace {

/// A setting of the network or the machines against which time is drawn.
struct SweepAxis {
  const char* setting;
  std::vector<std::string> along;  ///< settings that may vary together with it
  const char* slug;
  const char* title;
  const char* words;
};

void add_rule(Figure& figure, double at, const std::string& label) {
  figure.charts.front().vertical.push_back({at, label});
  figure.description += label + ". ";
}

constexpr std::size_t most_rules = 6;

/// Adds rules unless they would hide the lines; the table “crossovers” has them all.
void add_rules(const std::vector<Rule>& rules, Figure& figure) {
  if (rules.size() > most_rules) return;
  for (const Rule& rule : rules) add_rule(figure, rule.at, rule.label);
}

/// Marks the values at which two methods take the same time: those found by replaying if there are
/// any, else, for bandwidths, interpolated ones.
void add_crossovers(const Study& study, const SweepOver& sweep, Figure& figure) {
  bool replayed = false;
  std::vector<Rule> rules;
  for (const FoundCrossover& found : study.crossovers) {
    const bool here = found.over == sweep.setting && found.setting == sweep.label;
    const bool equal = !found.than.empty() && found.margin == 0.0;
    if (!here || !equal) continue;
    replayed = true;
    const bool main_model = study.models.empty() || found.model == study.models.front();
    if (!found.at || !main_model) continue;
    rules.push_back({*found.at, fmt::format("{} = {} at {}", found.method, found.than,
                                            format_value(*found.at, found.unit))});
  }
  if (!replayed && sweep.setting == "platform.uplink") {
    for (const Crossover& c : crossovers_in(sweep, "baseline.simulated_seconds").found) {
      rules.push_back(
          {c.at, fmt::format("{} = {} at {}", c.below, c.above, with_prefix(c.at, "bit/s"))});
    }
  }
  add_rules(rules, figure);
}

void add_times(const Study& study, const StyleMap& styles, const SweepAxis& axis,
               Figures& figures) {
  static constexpr Quantity what[] = {
      {"baseline.simulated_seconds", "Simulated time to the baseline (s)", true}};
  for (const SweepOver& sweep : sweeps_over(study, axis.setting, axis.along)) {
    const bool log_x = sweep.values.front() > 0.0;
    Figure figure = sweep_figure(sweep, styles, what, axis.title, log_x, figures);
    if (figure.charts.empty()) continue;
    add_crossovers(study, sweep, figure);
    if (!study.models.empty()) {
      Chart& chart = figure.charts.front();
      const std::string band =
          fmt::format("line {}, band over {}", study.models.front(), names_of_models(study));
      chart.title += (chart.title.empty() ? "" : "; ") + band;
      figure.description += "Bands go from the least to the most over the network models. ";
    }
    figure.slug = joined_slug(axis.slug, sweep.slug);
    figure.title = fmt::format("Time to the baseline against {}{}", axis.words,
                               sweep.label.empty() ? "" : " (" + sweep.label + ")");
    figures.drawn.push_back(std::move(figure));
  }
}

}  // namespace

void add_network(const Study& study, const StyleMap& styles, Figures& figures) {
  static const SweepAxis axes[] = {
      {"platform.uplink",
       {"platform.downlink"},
       "bandwidth",
       "Uplink bandwidth (bit/s)",
       "the uplink's bandwidth"},
      {"platform.latency", {}, "latency", "Latency of each link (s)", "latency"},
      {"workers", {"learning_rate.initial"}, "workers", "Workers", "the number of workers"},
      {"compute.seconds_per_gradient",
       {},
       "gradient",
       "Time of a gradient (s)",
       "the time of a gradient"}};
  for (const SweepAxis& axis : axes) add_times(study, styles, axis, figures);
}

}  // namespace gradwire::analysis
