#include <fmt/format.h>

#include "analysis/figures/parts.hpp"
#include "analysis/figures/setting_notes.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/cost.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_panels = 12;
constexpr std::size_t test_accuracy = 0, train_loss = 1;              // of y_axes
constexpr std::size_t rounds = 1, bits = 2, seconds = 4, uplink = 5;  // of x_axes

struct Against {
  std::size_t axis;
  const char* slug;
  const char* words;
};
constexpr Against against[] = {{rounds, "rounds", "communication rounds"},
                               {bits, "bits", "uplink payload bits"},
                               {seconds, "seconds", "simulated time"}};

std::string in_setting(const Panel& panel) {
  return panel.label.empty() ? "" : " (" + panel.label + ")";
}

std::string band_words(const PanelCurves& curves) {
  for (const Curve& curve : curves.curves) {
    if (curve.runs > 1) return " Lines are means over seeds, bands one standard deviation.";
  }
  return "";
}

void add_panel(const PanelCurves& curves, const StyleMap& styles, Figures& figures,
               SettingNotes& notes) {
  for (const Against& x : against) {
    Figure figure{
        .slug = joined_slug(fmt::format("figure2-{}", x.slug), curves.panel->slug),
        .title = fmt::format("Accuracy and loss against {}{}", x.words, in_setting(*curves.panel))};
    for (const std::size_t y : {test_accuracy, train_loss}) {
      Chart chart = curve_chart(curves, styles, x.axis, y);
      if (chart.lines.empty()) {
        notes.add(fmt::format("Not drawn: {} against {}: the results lack a column", y_axes[y].key,
                              x_axes[x.axis].key),
                  curves.panel->label);
        continue;
      }
      chart.log_x = x.axis == bits;
      figure.description +=
          fmt::format("{} against {}, ending at: {}. ", y_axes[y].title, x.words, ends_of(chart));
      figure.charts.push_back(std::move(chart));
    }
    figure.description += band_words(curves);
    if (!figure.charts.empty()) figures.drawn.push_back(std::move(figure));
  }
}

Chart bars_per_100(const Panel& panel, const StyleMap& styles) {
  Chart chart{.y_title = "Uplink time of 100 iterations (s)"};
  for (const Series& series : panel.series) {
    Cost time = cost_of(series, "uplink_seconds");
    const Cost iterations = cost_of(series, "iterations");
    if (!time.whole() || !iterations.whole()) continue;
    for (std::size_t i = 0; i < time.values.size(); ++i) {
      time.values[i] *= 100.0 / iterations.values[i];
    }
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

void add_learning_curves(const std::vector<PanelCurves>& curves, const StyleMap& styles,
                         Figures& figures) {
  SettingNotes notes;
  for (std::size_t i = 0; i < curves.size() && i < most_panels; ++i) {
    for (std::size_t s = 0; s < curves[i].curves.size(); ++s) {
      if (!curves[i].curves[s].note.empty()) {
        notes.add(fmt::format("{}: {}", curves[i].panel->series[s].label, curves[i].curves[s].note),
                  curves[i].panel->label);
      }
    }
    add_panel(curves[i], styles, figures, notes);
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
                       Figures& figures) {
  SettingNotes notes;
  for (std::size_t i = 0; i < curves.size() && i < most_panels; ++i) {
    const Panel& panel = *curves[i].panel;
    Figure figure{.slug = joined_slug("figure3-communication", panel.slug),
                  .title = "Communication time" + in_setting(panel)};
    Chart time = curve_chart(curves[i], styles, uplink, test_accuracy);
    if (time.lines.size() == curves[i].curves.size()) {
      time.log_x = true;
      figure.description =
          fmt::format("Test accuracy against uplink time, ending at: {}. ", ends_of(time));
      figure.charts.push_back(std::move(time));
    } else {
      notes.add(
          "Not drawn: accuracy against communication time: it can be told from metrics.csv only "
          "where nothing overlaps",
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
