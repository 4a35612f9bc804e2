#include <fmt/format.h>

#include <algorithm>

#include "analysis/figures/parts.hpp"
#include "analysis/figures/same_curves.hpp"
#include "analysis/figures/setting_notes.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/cost.hpp"
#include "analysis/study/worker_groups.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_panels = 12;
constexpr std::size_t most_bars = 8;
constexpr std::size_t test_accuracy = y_axis("test_accuracy"), train_loss = y_axis("train_loss");
constexpr std::size_t rounds = x_axis("rounds"), bits = x_axis("uplink_payload_bits"),
                      seconds = x_axis("simulated_seconds"), uplink = x_axis("uplink_seconds");

struct Against {
  std::size_t axis;
  const char* slug;
  const char* words;
};
constexpr Against against_rounds{rounds, "rounds", "communication rounds"};
constexpr Against against_bits{bits, "bits", "uplink payload bits"};
constexpr Against against_seconds{seconds, "seconds", "simulated time"};

std::string in_setting(const Panel& panel) {
  return panel.label.empty() ? "" : " (" + panel.label + ")";
}

std::string by_workers(const WorkerGroup& group) {
  return fmt::format(" ({}{}by the number of workers)", group.label,
                     group.label.empty() ? "" : "; ");
}

std::string band_words(const PanelCurves& curves) {
  for (const Curve& curve : curves.curves) {
    if (curve.runs > 1) return " Lines are means over seeds, bands one standard deviation.";
  }
  return "";
}

bool has_learning(const PanelCurves& curves) {
  return std::ranges::any_of(curves.curves, &Curve::has_learning);
}

/// Adds accuracy and loss of panels with the same curves.
void add_charts(const SameCurves& curves, const Against& x, const StyleMap& styles, Figure& figure,
                SettingNotes& notes) {
  if (!has_learning(*curves.panels.front())) return;
  for (const std::size_t y : {test_accuracy, train_loss}) {
    Chart chart = chart_of(curves, styles, x.axis, y);
    if (chart.lines.empty()) {
      notes.add(fmt::format("Not drawn: {} against {}: the results lack a column", y_axes[y].key,
                            x_axes[x.axis].key),
                curves.label);
      continue;
    }
    chart.log_x = x.axis == bits;
    figure.description += fmt::format("{}{} against {}, ending at: {}. ",
                                      figure.columns > 0 ? curves.label + ": " : "",
                                      y_axes[y].title, x.words, ends_of(chart));
    figure.charts.push_back(std::move(chart));
  }
}

/// Adds one figure of the curves of each group that differs only in the number of workers.
void add_curves(const std::vector<SameCurves>& all, const Against& x, const StyleMap& styles,
                const std::string& slug, Figures& figures, SettingNotes& notes) {
  std::vector<const Panel*> panels;
  for (const SameCurves& curves : all) panels.push_back(curves.panels.front()->panel);
  for (const WorkerGroup& group : worker_groups(panels)) {
    const SameCurves& first = all[group.members.front()];
    const bool alone = group.members.size() == 1;
    Figure figure{
        .slug = joined_slug(fmt::format("{}-{}", slug, x.slug), alone ? first.slug : group.slug),
        .title = fmt::format("Accuracy and loss against {}{}", x.words,
                             alone ? title_suffix(first) : by_workers(group)),
        .columns = alone ? 0U : 2U};
    for (const std::size_t i : group.members) add_charts(all[i], x, styles, figure, notes);
    figure.description += band_words(*first.panels.front());
    if (!figure.charts.empty()) figures.drawn.push_back(std::move(figure));
  }
}

Chart bars_per_100(const Panel& panel, const StyleMap& styles) {
  Chart chart{.y_title = "Uplink time of 100 iterations (s)"};
  for (const Series& series : panel.series) {
    const Cost time = per_100_iterations(series, "uplink_seconds");
    if (!time.whole()) continue;
    const double center = mean(time.values), sd = standard_deviation(time.values);
    chart.bars.push_back({.label = series.label,
                          .style = styles.at(series.label),
                          .value = center,
                          .low = center - sd,
                          .high = center + sd});
  }
  return chart;
}

void add_notes_on(const PanelCurves& curves, SettingNotes& notes) {
  const Panel& panel = *curves.panel;
  for (std::size_t s = 0; s < curves.curves.size(); ++s) {
    const std::string& note = curves.curves[s].note;
    if (!note.empty()) notes.add(fmt::format("{}: {}", panel.series[s].label, note), panel.label);
  }
}

/// Adds accuracy against uplink time.
void add_uplink_time(const PanelCurves& curves, const StyleMap& styles, Figure& figure,
                     SettingNotes& notes) {
  const bool has_accuracy = std::ranges::any_of(
      curves.curves, [](const Curve& curve) { return !curve.mean[test_accuracy].empty(); });
  if (!has_accuracy) return;
  Chart time = curve_chart(curves, styles, uplink, test_accuracy);
  if (time.lines.size() != curves.curves.size()) {
    notes.add(
        "Not drawn: accuracy against communication time: a run has no column uplink_seconds in "
        "its metrics.csv, as an older gradwire wrote it, and something overlaps in it or costs "
        "differ between iterations, so that this time cannot be inferred",
        curves.panel->label);
    return;
  }
  time.log_x = true;
  figure.description +=
      fmt::format("{}Test accuracy against uplink time, ending at: {}. ",
                  figure.columns > 0 ? curves.panel->label + ": " : "", ends_of(time));
  figure.charts.push_back(std::move(time));
}

void add_bars(const Panel& panel, const StyleMap& styles, Figure& figure) {
  Chart bars = bars_per_100(panel, styles);
  if (bars.bars.empty() || bars.bars.size() > most_bars) return;
  if (figure.columns > 0) bars.title = panel.label;
  figure.description += "Uplink time of 100 iterations, in seconds:";
  for (const Bar& bar : bars.bars) {
    figure.description += fmt::format(" {} {:.3g};", bar.label, bar.value);
  }
  figure.description.back() = '.';
  if (figure.columns > 0) figure.description += " ";
  figure.charts.push_back(std::move(bars));
}

}  // namespace

void add_learning_curves(const Study& study, const std::vector<PanelCurves>& curves,
                         const StyleMap& styles, const std::string& slug, Figures& figures) {
  SettingNotes notes;
  std::vector<SameCurves> same = same_curves(study, curves);
  if (same.size() > most_panels) same.resize(most_panels);
  add_curves(same, against_rounds, styles, slug, figures, notes);
  add_curves(same, against_bits, styles, slug, figures, notes);
  std::vector<SameCurves> each;
  for (const PanelCurves& panel : curves) {
    if (each.size() == most_panels) break;
    each.push_back({{&panel}, panel.panel->label, panel.panel->slug});
    add_notes_on(panel, notes);
  }
  add_curves(each, against_seconds, styles, slug, figures, notes);
  notes.append_to(figures.notes);
  if (curves.size() > most_panels && std::ranges::any_of(curves, has_learning)) {
    figures.notes.push_back(fmt::format(
        "Learning curves of the first {} of {} settings only; the page has them all, and "
        "a report of single runs' folders draws the others.",
        most_panels, curves.size()));
  }
}

void add_communication(const std::vector<PanelCurves>& curves, const StyleMap& styles,
                       const std::string& slug, Figures& figures) {
  // Without learning there are bars alone, and the table of costs per 100 iterations has them all.
  if (curves.size() > most_panels && std::ranges::none_of(curves, has_learning)) return;
  SettingNotes notes;
  std::vector<const Panel*> panels;
  for (const PanelCurves& panel : curves) {
    if (panels.size() < most_panels) panels.push_back(panel.panel);
  }
  for (const WorkerGroup& group : worker_groups(panels)) {
    const bool alone = group.members.size() == 1;
    Figure figure{.slug = joined_slug(slug, group.slug),
                  .title = "Communication time" +
                           (alone ? in_setting(*panels[group.members.front()]) : by_workers(group)),
                  .columns = alone ? 0U : 2U};
    for (const std::size_t i : group.members) {
      add_uplink_time(curves[i], styles, figure, notes);
      add_bars(*panels[i], styles, figure);
    }
    if (!figure.charts.empty()) figures.drawn.push_back(std::move(figure));
  }
  notes.append_to(figures.notes);
}

}  // namespace gradwire::analysis
