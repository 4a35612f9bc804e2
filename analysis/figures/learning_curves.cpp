#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "analysis/figures/parts.hpp"
#include "analysis/figures/setting_notes.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/cost.hpp"
#include "analysis/study/learning_groups.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_panels = 12;
constexpr std::size_t test_accuracy = 0, train_loss = 1;              // indices into y_axes
constexpr std::size_t rounds = 1, bits = 2, seconds = 4, uplink = 5;  // indices into x_axes

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

std::string band_words(const PanelCurves& curves) {
  for (const Curve& curve : curves.curves) {
    if (curve.runs > 1) return " Lines are means over seeds, bands one standard deviation.";
  }
  return "";
}

/// Panels whose curves against rounds and bits are the same.
struct SameCurves {
  std::vector<const PanelCurves*> panels;
  std::string label;  ///< what distinguishes them from others
  std::string slug;
};

bool draw_the_same(const PanelCurves& a, const PanelCurves& b) {
  if (a.curves.size() != b.curves.size()) return false;
  for (std::size_t s = 0; s < a.curves.size(); ++s) {
    const Curve &one = a.curves[s], &other = b.curves[s];
    const bool same = a.panel->series[s].label == b.panel->series[s].label &&
                      one.runs == other.runs && one.x[rounds] == other.x[rounds] &&
                      one.x[bits] == other.x[bits] && one.mean == other.mean && one.sd == other.sd;
    if (!same) return false;
  }
  return true;
}

/// Splits a learning group into parts with the same curves: a run that is missing or ends earlier
/// under one setting gives this setting different curves.
std::vector<SameCurves> parts_of(const LearningGroup& group,
                                 const std::vector<PanelCurves>& curves) {
  std::vector<SameCurves> parts;
  for (const Panel* panel : group.panels) {
    const PanelCurves& here = *std::ranges::find(curves, panel, &PanelCurves::panel);
    const auto same = std::ranges::find_if(
        parts, [&](const SameCurves& part) { return draw_the_same(*part.panels.front(), here); });
    if (same != parts.end()) {
      same->panels.push_back(&here);
    } else {
      parts.push_back({{&here}, panel->label, panel->slug});
    }
  }
  if (parts.size() == 1) {
    parts.front().label = group.label;
    parts.front().slug = group.slug;
  }
  return parts;
}

std::vector<SameCurves> same_curves(const Study& study, const std::vector<PanelCurves>& curves) {
  std::vector<SameCurves> all;
  for (const LearningGroup& group : learning_groups(study)) {
    std::ranges::move(parts_of(group, curves), std::back_inserter(all));
  }
  return all;
}

std::string title_suffix(const SameCurves& curves) {
  std::string words = curves.label;
  if (curves.panels.size() > 1) {
    words +=
        fmt::format("{}the same in {} settings", words.empty() ? "" : "; ", curves.panels.size());
  }
  return words.empty() ? "" : " (" + words + ")";
}

/// The chart of the first setting, with the baselines of all settings.
Chart chart_of(const SameCurves& curves, const StyleMap& styles, std::size_t x, std::size_t y) {
  Chart chart = curve_chart(*curves.panels.front(), styles, x, y);
  chart.title = curves.label;
  for (const PanelCurves* panel : curves.panels) {
    for (Rule& rule : curve_chart(*panel, styles, x, y).horizontal) {
      const bool known = std::ranges::count(chart.horizontal, rule.at, &Rule::at) > 0;
      if (!known) chart.horizontal.push_back(std::move(rule));
    }
  }
  return chart;
}

void add_curves(const SameCurves& curves, const Against& x, const StyleMap& styles,
                const std::string& slug, Figures& figures, SettingNotes& notes) {
  Figure figure{
      .slug = joined_slug(fmt::format("{}-{}", slug, x.slug), curves.slug),
      .title = fmt::format("Accuracy and loss against {}{}", x.words, title_suffix(curves))};
  for (const std::size_t y : {test_accuracy, train_loss}) {
    Chart chart = chart_of(curves, styles, x.axis, y);
    if (chart.lines.empty()) {
      notes.add(fmt::format("Not drawn: {} against {}: the results lack a column", y_axes[y].key,
                            x_axes[x.axis].key),
                curves.label);
      continue;
    }
    chart.log_x = x.axis == bits;
    figure.description +=
        fmt::format("{} against {}, ending at: {}. ", y_axes[y].title, x.words, ends_of(chart));
    figure.charts.push_back(std::move(chart));
  }
  figure.description += band_words(*curves.panels.front());
  if (!figure.charts.empty()) figures.drawn.push_back(std::move(figure));
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

}  // namespace

void add_learning_curves(const Study& study, const std::vector<PanelCurves>& curves,
                         const StyleMap& styles, const std::string& slug, Figures& figures) {
  SettingNotes notes;
  const std::vector<SameCurves> same = same_curves(study, curves);
  for (std::size_t i = 0; i < same.size() && i < most_panels; ++i) {
    add_curves(same[i], against_rounds, styles, slug, figures, notes);
    add_curves(same[i], against_bits, styles, slug, figures, notes);
  }
  for (std::size_t i = 0; i < curves.size() && i < most_panels; ++i) {
    const Panel& panel = *curves[i].panel;
    for (std::size_t s = 0; s < curves[i].curves.size(); ++s) {
      if (!curves[i].curves[s].note.empty()) {
        notes.add(fmt::format("{}: {}", panel.series[s].label, curves[i].curves[s].note),
                  panel.label);
      }
    }
    add_curves({{&curves[i]}, panel.label, panel.slug}, against_seconds, styles, slug, figures,
               notes);
  }
  notes.append_to(figures.notes);
  if (curves.size() > most_panels) {
    figures.notes.push_back(fmt::format(
        "Learning curves of the first {} of {} settings only; the page has them all, and "
        "a report of single runs' folders draws the others.",
        most_panels, curves.size()));
  }
}

void add_communication(const std::vector<PanelCurves>& curves, const StyleMap& styles,
                       const std::string& slug, Figures& figures) {
  SettingNotes notes;
  for (std::size_t i = 0; i < curves.size() && i < most_panels; ++i) {
    const Panel& panel = *curves[i].panel;
    Figure figure{.slug = joined_slug(slug, panel.slug),
                  .title = "Communication time" + in_setting(panel)};
    Chart time = curve_chart(curves[i], styles, uplink, test_accuracy);
    if (time.lines.size() == curves[i].curves.size()) {
      time.log_x = true;
      figure.description =
          fmt::format("Test accuracy against uplink time, ending at: {}. ", ends_of(time));
      figure.charts.push_back(std::move(time));
    } else {
      notes.add(
          "Not drawn: accuracy against communication time: a run has no column uplink_seconds in "
          "its metrics.csv, as an older gradwire wrote it, and something overlaps in it or costs "
          "differ between iterations, so that this time cannot be inferred",
          panel.label);
    }
    Chart bars = bars_per_100(panel, styles);
    if (!bars.bars.empty() && bars.bars.size() <= 8) {
      figure.description += "Uplink time of 100 iterations, in seconds:";
      for (const Bar& bar : bars.bars) {
        figure.description += fmt::format(" {} {:.3g};", bar.label, bar.value);
      }
      figure.description.back() = '.';
      figure.charts.push_back(std::move(bars));
    }
    if (!figure.charts.empty()) figures.drawn.push_back(std::move(figure));
  }
  notes.append_to(figures.notes);
}

}  // namespace gradwire::analysis
