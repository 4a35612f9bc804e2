#include "analysis/figures/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/figures/style.hpp"
#include "analysis/results/methods.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/cost.hpp"
#include "analysis/study/models.hpp"

namespace gradwire::analysis {
namespace {

std::vector<std::string> labels_of(const Study& study) {
  std::vector<std::string> labels;
  for (const Panel& panel : study.panels) {
    for (const Series& series : panel.series) {
      if (std::ranges::count(labels, series.label) == 0) labels.push_back(series.label);
    }
  }
  return labels;
}

/// A curve as a line; from two runs on with a band of one standard deviation either way.
Line line_of(const Series& series, const Curve& curve, std::size_t style, std::size_t x,
             std::size_t y) {
  Line line{.label = series.label, .style = style, .x = curve.x[x], .y = curve.mean[y]};
  if (curve.runs < 2) return line;
  for (std::size_t i = 0; i < line.y.size(); ++i) {
    line.low.push_back(line.y[i] - curve.sd[y][i]);
    line.high.push_back(line.y[i] + curve.sd[y][i]);
  }
  return line;
}

void add_point(Line& line, double x, const Cost& cost, const std::optional<Envelope>& models) {
  const double center = mean(cost.values);
  const double sd = standard_deviation(cost.values);
  line.x.push_back(x);
  line.y.push_back(center);
  line.low.push_back(models ? models->least : center - sd);
  line.high.push_back(models ? models->most : center + sd);
}

}  // namespace

namespace {

/// Gives out styles: of unused colours as long as there are any, then unused ones.
class StylePool {
 public:
  explicit StylePool(std::size_t labels) : used_(std::max(labels, all_styles.size()), false) {}

  /// The style `wanted`, if it has an unused colour, or else the first of the best that are left.
  std::size_t take(std::size_t wanted) {
    for (const bool by_colour : {true, false}) {
      if (wanted < used_.size() && is_free(wanted, by_colour)) return taken(wanted);
      for (std::size_t i = 0; i < used_.size(); ++i) {
        if (is_free(i, by_colour)) return taken(i);
      }
    }
    return wanted;
  }

 private:
  [[nodiscard]] bool is_free(std::size_t style, bool by_colour) const {
    if (!by_colour) return !used_[style];
    for (std::size_t i = style % colours.size(); i < used_.size(); i += colours.size()) {
      if (used_[i]) return false;
    }
    return true;
  }
  std::size_t taken(std::size_t style) {
    used_[style] = true;
    return style;
  }

  std::vector<bool> used_;
};

}  // namespace

StyleMap styles_of(const Study& study) {
  StyleMap map;
  const std::vector<std::string> labels = labels_of(study);
  StylePool pool(labels.size());
  for (std::size_t i = 0; i < methods().size(); ++i) {
    const std::string& name = methods()[i].label;
    if (std::ranges::count(labels, name) > 0) map[name] = pool.take(i);
  }
  for (const std::string& label : labels) {
    if (!map.contains(label)) map[label] = pool.take(0);
  }
  return map;
}

Chart curve_chart(const PanelCurves& curves, const StyleMap& styles, std::size_t x, std::size_t y) {
  Chart chart{.title = curves.panel->label,
              .x_title = std::string(x_axes[x].title),
              .y_title = std::string(y_axes[y].title),
              .log_y = y_axes[y].key.ends_with("loss")};
  for (std::size_t s = 0; s < curves.curves.size(); ++s) {
    const Series& series = curves.panel->series[s];
    const Curve& curve = curves.curves[s];
    if (curve.x[x].empty() || curve.mean[y].empty()) continue;
    chart.lines.push_back(line_of(series, curve, styles.at(series.label), x, y));
  }
  const Run& run = curves.panel->any();
  const auto above = run.number("baseline.above");
  if (above && run.text("baseline.metric") == y_axes[y].key) {
    chart.horizontal.push_back({*above, fmt::format("baseline {:g}", *above)});
  }
  return chart;
}

Chart sweep_chart(const SweepOver& sweep, const StyleMap& styles, const std::string& column,
                  std::vector<std::string>& notes) {
  Chart chart{.title = sweep.label, .x_title = sweep.setting, .mark_each_point = true};
  for (std::size_t i = 0; i < sweep.panels.size(); ++i) {
    for (const Series& series : sweep.panels[i]->series) {
      auto line = std::ranges::find(chart.lines, series.label, &Line::label);
      if (line == chart.lines.end()) {
        chart.lines.push_back({.label = series.label, .style = styles.at(series.label)});
        line = chart.lines.end() - 1;
      }
      const Cost cost = cost_of(series, column);
      if (cost.whole()) {
        add_point(*line, sweep.values[i], cost,
                  envelope_of(*sweep.panels[i], series.label, column));
      } else if (cost.no_baseline < cost.runs) {
        notes.push_back(fmt::format("No point for {} at {} {} in {}: {} of {} runs.", series.label,
                                    sweep.setting, sweep.panels[i]->any().text(sweep.setting),
                                    column, cost.missing_reasons(), cost.runs));
      }
    }
  }
  std::erase_if(chart.lines, [](const Line& line) { return line.x.empty(); });
  return chart;
}

std::string joined_slug(const std::string& name, const std::string& slug) {
  return slug.empty() ? name : name + "-" + slug;
}

std::string ends_of(const Chart& chart) {
  std::string text;
  for (const Line& line : chart.lines) {
    const auto last = std::find_if(line.y.rbegin(), line.y.rend(),
                                   [](double value) { return std::isfinite(value); });
    if (last == line.y.rend()) continue;
    text += fmt::format("{}{} {:.3g}", text.empty() ? "" : ", ", line.label, *last);
  }
  return text;
}

}  // namespace gradwire::analysis
