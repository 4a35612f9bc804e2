#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "analysis/figures/parts.hpp"
#include "analysis/study/cost.hpp"

// How a method scales with the number of workers, under each order of exchanges. Compared at equal
// samples: iterations of different methods are not alike, and local steps make them longer.

namespace gradwire::analysis {
namespace {

constexpr std::string_view workers_setting = "workers";
constexpr std::string_view protocol_settings = "protocol.";
/// A setting that usually follows the number of workers.
constexpr std::string_view along_workers = "learning_rate.initial";
constexpr std::string_view usual_protocol = "parameter_server";

/// Means over the runs of one method, one order of exchanges and one number of workers.
struct Measurement {
  double workers;
  double seconds;  ///< of the samples of an epoch
};

/// One method under one order of exchanges.
struct ScalingLine {
  std::string label;
  std::vector<Measurement> points;
  /// Whether it has the method that others are compared with, under a server.
  bool is_reference = false;
};
/// Lines that may be compared.
struct Comparison {
  std::vector<ScalingLine> lines;  ///< in the order of the study
  bool has_data = true;            ///< whether an epoch is a pass over a data set
  double fewest = std::numeric_limits<double>::infinity();  ///< workers
};

/// What names an order of exchanges, the most telling first.
constexpr std::string_view naming_settings[] = {"protocol.kind", "protocol.collective",
                                                "protocol.group_size", "protocol.uplink"};

/// "all_reduce ring", from the settings of the protocol that differ between panels; may be empty.
std::string words_of_protocol(const Panel& panel) {
  std::string words;
  for (const std::string_view key : naming_settings) {
    const auto setting = panel.settings.find(std::string(key));
    if (setting == panel.settings.end()) continue;
    const std::string& value = setting->second;
    if (value.empty() || value == "none") continue;
    words += (words.empty() ? "" : " ") + value;
  }
  return words;
}

std::string rest_of(const Panel& panel) {
  std::string rest;
  for (const auto& [key, value] : panel.settings) {
    const bool is_own =
        key == workers_setting || key == along_workers || key.starts_with(protocol_settings);
    if (is_own || value.empty()) continue;
    rest += (rest.empty() ? "" : ", ") + key + " " + value;
  }
  return rest;
}

/// Epochs that count the same samples whatever the number of workers; none if the results lack
/// them. Of synthesized iterations an epoch has a fixed number, each with a minibatch per worker:
/// there they are epochs of a single worker.
std::optional<double> equal_epochs(const Run& run) {
  const auto epochs = run.number("final.epoch");
  const bool counts_iterations = run.number("algorithm.batch_growth").value_or(1.0) > 1.0;
  if (!epochs || counts_iterations) return std::nullopt;
  return run.is_synthesized() ? *epochs * run.number(std::string(workers_setting)).value_or(1.0)
                              : *epochs;
}

std::optional<double> epoch_seconds(const Series& series) {
  const Cost seconds = cost_of(series, "simulated_seconds");
  if (!seconds.whole()) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < seconds.values.size(); ++i) {
    const auto epochs = equal_epochs(*series.runs[i]);
    if (!epochs) return std::nullopt;
    sum += seconds.values[i] / *epochs;
  }
  const double mean = sum / static_cast<double>(seconds.values.size());
  return std::isfinite(mean) && mean > 0 ? std::optional(mean) : std::nullopt;
}

void add_measurements(const Panel& panel, Comparison& comparison) {
  const auto workers = panel.any().number(std::string(workers_setting));
  if (!workers) return;
  const std::string protocol = words_of_protocol(panel);
  comparison.has_data = comparison.has_data && !panel.any().is_synthesized();
  for (const Series& series : panel.series) {
    const auto seconds = epoch_seconds(series);
    if (!seconds) continue;
    const std::string label = series.label + (protocol.empty() ? "" : ", " + protocol);
    auto line = std::ranges::find(comparison.lines, label, &ScalingLine::label);
    if (line == comparison.lines.end()) line = comparison.lines.insert(line, {.label = label});
    line->points.push_back({*workers, *seconds});
    line->is_reference =
        &series == &panel.reference() && (protocol.empty() || protocol.starts_with(usual_protocol));
  }
}

/// Keeps lines with one measurement for each of at least two numbers of workers, ascending.
void keep_drawable(Comparison& comparison) {
  for (ScalingLine& line : comparison.lines) {
    std::ranges::sort(line.points, {}, &Measurement::workers);
  }
  std::erase_if(comparison.lines, [](const ScalingLine& line) {
    const auto& points = line.points;
    const bool is_function =
        std::ranges::adjacent_find(points, {}, &Measurement::workers) == points.end();
    return points.size() < 2 || !is_function;
  });
  for (const ScalingLine& line : comparison.lines) {
    comparison.fewest = std::min(comparison.fewest, line.points.front().workers);
  }
}

std::map<std::string, Comparison> comparisons_of(const Study& study) {
  std::map<std::string, Comparison> all;
  for (const Panel& panel : study.panels) add_measurements(panel, all[rest_of(panel)]);
  for (auto& [rest, comparison] : all) keep_drawable(comparison);
  std::erase_if(all, [](const auto& group) { return group.second.lines.empty(); });
  return all;
}

/// What speed-ups are relative to: with the fewest workers, and the reference method if possible.
const ScalingLine& reference_of(const Comparison& comparison) {
  const ScalingLine* best = nullptr;
  for (const ScalingLine& line : comparison.lines) {
    if (line.points.front().workers != comparison.fewest) continue;
    if (best == nullptr || (line.is_reference && !best->is_reference)) best = &line;
  }
  return *best;
}

std::string workers_words(double workers) {
  return fmt::format("{:g} worker{}", workers, workers == 1.0 ? "" : "s");
}

Chart time_chart(const Comparison& comparison) {
  const double fewest = comparison.has_data ? 1.0 : comparison.fewest;
  Chart chart{.title = comparison.has_data
                           ? "at equal samples: one epoch"
                           : "at equal samples: an epoch of " + workers_words(comparison.fewest),
              .x_title = "Workers",
              .y_title = "Simulated time of an epoch (s)",
              .log_x = true,
              .log_y = true,
              .mark_each_point = true};
  for (const ScalingLine& from : comparison.lines) {
    Line line{.label = from.label, .style = chart.lines.size()};
    for (const Measurement& point : from.points) {
      line.x.push_back(point.workers);
      line.y.push_back(fewest * point.seconds);
    }
    chart.lines.push_back(std::move(line));
  }
  return chart;
}

Line ideal_line(const Comparison& comparison, std::size_t style) {
  std::set<double> numbers;
  for (const ScalingLine& from : comparison.lines) {
    for (const Measurement& point : from.points) numbers.insert(point.workers);
  }
  Line ideal{.label = "ideal", .style = style};
  for (const double number : numbers) {
    ideal.x.push_back(number);
    ideal.y.push_back(number / comparison.fewest);
  }
  return ideal;
}

/// Samples per second, relative to one common measurement.
Chart speed_up_chart(const Comparison& comparison) {
  const ScalingLine& reference = reference_of(comparison);
  Chart chart{.title = "over " + reference.label + " with " + workers_words(comparison.fewest),
              .x_title = "Workers",
              .y_title = "Speed-up",
              .log_x = true,
              .log_y = true,
              .mark_each_point = true};
  for (const ScalingLine& from : comparison.lines) {
    Line line{.label = from.label, .style = chart.lines.size()};
    for (const Measurement& point : from.points) {
      line.x.push_back(point.workers);
      line.y.push_back(reference.points.front().seconds / point.seconds);
    }
    chart.lines.push_back(std::move(line));
  }
  chart.lines.push_back(ideal_line(comparison, chart.lines.size()));
  return chart;
}

}  // namespace

void add_scaling(const Study& study, Figures& figures) {
  const auto all = comparisons_of(study);
  std::size_t number = 0;
  for (const auto& [rest, comparison] : all) {
    ++number;
    Figure figure{
        .slug = joined_slug("scaling", all.size() < 2 ? "" : std::to_string(number)),
        .title = "Scaling with the number of workers" + (rest.empty() ? "" : " (" + rest + ")"),
        .charts = {time_chart(comparison), speed_up_chart(comparison)},
        .chart_width = 340.0};
    const Chart &time = figure.charts[0], &speed_up = figure.charts[1];
    figure.description = fmt::format(
        "Simulated time of an epoch, {}, with the most workers: {}. Speed-up {}, with the most "
        "workers: {}.",
        time.title, ends_of(time), speed_up.title, ends_of(speed_up));
    figures.drawn.push_back(std::move(figure));
  }
}

}  // namespace gradwire::analysis
