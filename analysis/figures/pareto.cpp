#include "analysis/study/pareto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/figures/parts.hpp"
#include "analysis/figures/setting_notes.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/learning_groups.hpp"
#include "analysis/study/worker_groups.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_of_a_kind = 6;
constexpr double wide_range = 5.0;  // ratio of costs from which on their axis is logarithmic
constexpr double far_below = 4.0, near_enough = 2.0;  // in distances of the lower quartile
constexpr double width = 420.0, height = 290.0;       // points

struct SpendingAxis {
  Spending spending;
  const char* slug;
  const char* words;
  const char* title;
};
constexpr std::array<SpendingAxis, spending_count> axes{
    {{Spending::payload_bits, "bits", "uplink payload bits", "Uplink payload (bits)"},
     {Spending::wire_bytes, "wire-bytes", "uplink bytes on the wire", "Uplink on the wire (bytes)"},
     {Spending::seconds, "seconds", "simulated time", "Simulated time (s)"}}};

Point point_of(const Outcome& outcome, const Cost& cost, std::size_t style, bool muted) {
  const double x = mean(cost.values), dx = standard_deviation(cost.values);
  const double y = mean(outcome.accuracy.values);
  const double dy = standard_deviation(outcome.accuracy.values);
  return {.label = outcome.series->label,
          .style = style,
          .x = x,
          .y = y,
          .x_low = x - dx,
          .x_high = x + dx,
          .y_low = y - dy,
          .y_high = y + dy,
          .muted = muted};
}

bool spans_decades(const std::vector<Point>& points) {
  const auto [least, most] = std::ranges::minmax(points, {}, &Point::x);
  return least.x > 0.0 && most.x > wide_range * least.x;
}

/// Accuracy below which points need not be drawn to scale: far below most methods, and below every
/// one on the front.
double lowest_drawn(const Chart& chart) {
  std::vector<double> accuracies;
  for (const Point& point : chart.points) accuracies.push_back(point.y);
  std::ranges::sort(accuracies);
  const double best = accuracies.back(), worst = accuracies.front();
  const double usual = best - accuracies[accuracies.size() / 4];
  if (best - worst < far_below * usual) return worst;
  double lowest = std::min(best - near_enough * usual, chart.front.y.front());
  for (const Rule& rule : chart.horizontal) lowest = std::min(lowest, rule.at);
  return lowest;
}

/// A panel's methods in accuracy against a cost; no points if fewer than two can be compared.
Chart front_chart(const Panel& panel, const SpendingAxis& against, const StyleMap& styles) {
  Chart chart{.x_title = against.title, .y_title = "Final test accuracy"};
  const std::vector<Outcome> outcomes = outcomes_of(panel);
  const std::vector<Place> places = places_of(outcomes, std::array{against.spending});
  if (std::ranges::count_if(places, &Place::known) < 2) return chart;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!places[i].known) continue;
    chart.points.push_back(point_of(outcomes[i], outcomes[i].cost(against.spending),
                                    styles.at(outcomes[i].series->label), !places[i].on_front()));
  }
  for (const std::size_t i : front_of(outcomes, against.spending)) {
    chart.front.x.push_back(mean(outcomes[i].cost(against.spending).values));
    chart.front.y.push_back(mean(outcomes[i].accuracy.values));
  }
  chart.log_x = spans_decades(chart.points);
  const Run& run = panel.any();
  const auto above = run.number("baseline.above");
  if (above && run.text("baseline.metric") == "test_accuracy") {
    chart.horizontal.push_back({*above, fmt::format("baseline {:g}", *above)});
  }
  chart.lowest_point = lowest_drawn(chart);
  return chart;
}

bool same_points(const Chart& a, const Chart& b) {
  return std::ranges::equal(a.points, b.points, [](const Point& p, const Point& q) {
    return p.label == q.label && p.x == q.x && p.y == q.y;
  });
}

/// A chart, and the settings that give the same one.
struct Drawn {
  Chart chart;
  std::vector<const Panel*> panels;
  std::string label, slug;
};

/// The different charts of panels that differ only in what a replay may change.
std::vector<Drawn> charts_of(const LearningGroup& group, const SpendingAxis& against,
                             const StyleMap& styles) {
  std::vector<Drawn> charts;
  for (const Panel* panel : group.panels) {
    Chart chart = front_chart(*panel, against, styles);
    if (chart.points.empty()) continue;
    const auto same = std::ranges::find_if(
        charts, [&](const Drawn& known) { return same_points(known.chart, chart); });
    if (same != charts.end()) {
      same->panels.push_back(panel);
    } else {
      charts.push_back({std::move(chart), {panel}, panel->label, panel->slug});
    }
  }
  if (charts.size() == 1 && charts.front().panels.size() == group.panels.size()) {
    charts.front().label = group.label;
    charts.front().slug = group.slug;
  }
  return charts;
}

/// At most `most_of_a_kind`, spread evenly, with the first and the last.
std::vector<Drawn> thinned(std::vector<Drawn> charts) {
  if (charts.size() <= most_of_a_kind) return charts;
  std::vector<Drawn> some;
  for (std::size_t i = 0; i < most_of_a_kind; ++i) {
    some.push_back(std::move(charts[i * (charts.size() - 1) / (most_of_a_kind - 1)]));
  }
  return some;
}

std::string words_of(const Chart& chart) {
  std::string front, others;
  for (const Point& point : chart.points) {
    std::string& text = point.muted ? others : front;
    text += fmt::format("{}{} {:.4f} at {:.4g}", text.empty() ? "" : ", ", point.label, point.y,
                        point.x);
  }
  return fmt::format("On the front: {}.{}", front,
                     others.empty() ? "" : " Behind it: " + others + ".");
}

/// "First at the baseline: SASG", where one is known and it is the same in all panels.
std::string first_words(const std::vector<const Panel*>& panels) {
  std::string common;
  for (const Panel* panel : panels) {
    std::string names;
    for (const std::size_t i : first_at_baseline(*panel).series) {
      names += (names.empty() ? "" : " and ") + panel->series[i].label;
    }
    if (names.empty() || (!common.empty() && names != common)) return "";
    common = names;
  }
  return "first at the baseline: " + common;
}

std::string setting_words(const Drawn& drawn) {
  std::string words = drawn.label;
  if (drawn.panels.size() > 1) {
    words +=
        fmt::format("{}the same in {} settings", words.empty() ? "" : "; ", drawn.panels.size());
  }
  return words;
}

void add_chart(Drawn drawn, const SpendingAxis& against, Figure& figure) {
  drawn.chart.title = drawn.label;
  const std::string setting = figure.columns > 0 ? drawn.label + ": " : "";
  figure.description += " " + setting + words_of(drawn.chart);
  if (against.spending == Spending::seconds) {
    if (const std::string first = first_words(drawn.panels); !first.empty()) {
      drawn.chart.title += (drawn.label.empty() ? "" : "; ") + first;
      figure.description += " The " + first + ".";
    }
  }
  figure.charts.push_back(std::move(drawn.chart));
}

/// The charts of a group that differs only in the number of workers.
Figure figure_of(const WorkerGroup& group, std::vector<Drawn>& charts,
                 const SpendingAxis& against) {
  const Drawn& first = charts[group.members.front()];
  const bool alone = group.members.size() == 1;
  const std::string of_group =
      group.label + (group.label.empty() ? "" : "; ") + "by the number of workers";
  const std::string suffix = alone ? setting_words(first) : of_group;
  Figure figure{
      .slug = joined_slug(fmt::format("pareto-{}", against.slug), alone ? first.slug : group.slug),
      .title = fmt::format("Accuracy against {}{}", against.words,
                           suffix.empty() ? "" : " (" + suffix + ")"),
      .description =
          "Line: the best accuracy that any method has for at most this cost; "
          "the methods on it are the Pareto front. Grey: methods that another "
          "one beats in both.",
      .columns = alone ? 0U : 2U,
      .chart_width = width,
      .chart_height = height};
  for (const std::size_t i : group.members) add_chart(std::move(charts[i]), against, figure);
  return figure;
}

std::vector<const Panel*> first_panels(const std::vector<Drawn>& charts) {
  std::vector<const Panel*> panels;
  for (const Drawn& drawn : charts) panels.push_back(drawn.panels.front());
  return panels;
}

/// Notes methods that cannot be compared in a panel in which others can.
void note_missing(const Study& study, Figures& figures) {
  SettingNotes notes;
  for (const Panel& panel : study.panels) {
    const std::vector<Outcome> outcomes = outcomes_of(panel);
    if (std::ranges::count_if(outcomes, &Outcome::comparable) < 2) continue;
    for (const Outcome& outcome : outcomes) {
      if (outcome.runs.whole()) continue;
      notes.add(
          fmt::format("{} is in no Pareto front: of {} final accuracies are missing: {}",
                      outcome.series->label, outcome.runs.runs, outcome.runs.missing_reasons()),
          panel.label);
    }
  }
  notes.append_to(figures.notes);
}

}  // namespace

void add_pareto(const Study& study, const StyleMap& styles, Figures& figures) {
  for (const SpendingAxis& against : axes) {
    std::vector<Drawn> charts;
    for (const LearningGroup& group : learning_groups(study)) {
      std::ranges::move(charts_of(group, against, styles), std::back_inserter(charts));
    }
    if (charts.size() > most_of_a_kind) {
      figures.notes.push_back(
          fmt::format("Accuracy against {} is drawn in {} of {} settings; the table “pareto” has "
                      "them all.",
                      against.words, most_of_a_kind, charts.size()));
    }
    charts = thinned(std::move(charts));
    for (const WorkerGroup& group : worker_groups(first_panels(charts))) {
      figures.drawn.push_back(figure_of(group, charts, against));
    }
  }
  note_missing(study, figures);
}

}  // namespace gradwire::analysis
