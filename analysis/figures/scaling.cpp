#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "analysis/figures/parts.hpp"
#include "analysis/study/cost.hpp"

// How a method scales with the number of workers, under each order of exchanges.

namespace gradwire::analysis {
namespace {

constexpr std::string_view workers_setting = "workers";
constexpr std::string_view protocol_settings = "protocol.";
/// A setting that usually follows the number of workers.
constexpr std::string_view along_workers = "learning_rate.initial";

/// Means over the runs of one method, one order of exchanges and one number of workers.
struct Measurement {
  double workers;
  double iteration_seconds;
};
/// By the label of the line.
using Lines = std::map<std::string, std::vector<Measurement>>;

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

std::optional<double> iteration_seconds(const Series& series) {
  const Cost seconds = cost_of(series, "simulated_seconds");
  const Cost iterations = cost_of(series, "iterations");
  if (!seconds.whole() || !iterations.whole()) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < seconds.values.size(); ++i) {
    sum += seconds.values[i] / iterations.values[i];
  }
  const double mean = sum / static_cast<double>(seconds.values.size());
  return std::isfinite(mean) && mean > 0 ? std::optional(mean) : std::nullopt;
}

void add_measurements(const Panel& panel, Lines& lines) {
  const auto workers = panel.any().number(std::string(workers_setting));
  if (!workers) return;
  const std::string protocol = words_of_protocol(panel);
  for (const Series& series : panel.series) {
    const std::string label = series.label + (protocol.empty() ? "" : ", " + protocol);
    if (const auto seconds = iteration_seconds(series)) {
      lines[label].push_back({*workers, *seconds});
    }
  }
}

/// Lines with one measurement for each of at least two numbers of workers, by ascending number.
Lines drawable(Lines lines) {
  for (auto& [label, points] : lines) std::ranges::sort(points, {}, &Measurement::workers);
  std::erase_if(lines, [](const auto& line) {
    const auto& points = line.second;
    const bool is_function =
        std::ranges::adjacent_find(points, {}, &Measurement::workers) == points.end();
    return points.size() < 2 || !is_function;
  });
  return lines;
}

std::map<std::string, Lines> lines_by_settings(const Study& study) {
  std::map<std::string, Lines> all;
  for (const Panel& panel : study.panels) add_measurements(panel, all[rest_of(panel)]);
  for (auto& [rest, lines] : all) lines = drawable(std::move(lines));
  std::erase_if(all, [](const auto& group) { return group.second.empty(); });
  return all;
}

Chart time_chart(const Lines& lines) {
  Chart chart{.x_title = "Workers",
              .y_title = "Simulated time of an iteration (s)",
              .log_x = true,
              .log_y = true,
              .mark_each_point = true};
  for (const auto& [label, points] : lines) {
    Line line{.label = label, .style = chart.lines.size()};
    for (const Measurement& point : points) {
      line.x.push_back(point.workers);
      line.y.push_back(point.iteration_seconds);
    }
    chart.lines.push_back(std::move(line));
  }
  return chart;
}

/// Work per second: each iteration has one part of work per worker. Relative to the line's own
/// fewest workers.
Chart speed_up_chart(const Lines& lines) {
  Chart chart{.x_title = "Workers",
              .y_title = "Speed-up over the fewest workers",
              .log_x = true,
              .log_y = true,
              .mark_each_point = true};
  std::set<double> numbers;
  for (const auto& [label, points] : lines) {
    Line line{.label = label, .style = chart.lines.size()};
    const Measurement& first = points.front();
    for (const Measurement& point : points) {
      numbers.insert(point.workers);
      line.x.push_back(point.workers);
      line.y.push_back(point.workers / first.workers * first.iteration_seconds /
                       point.iteration_seconds);
    }
    chart.lines.push_back(std::move(line));
  }
  Line ideal{.label = "ideal", .style = chart.lines.size()};
  for (const double number : numbers) {
    ideal.x.push_back(number);
    ideal.y.push_back(number / *numbers.begin());
  }
  chart.lines.push_back(std::move(ideal));
  return chart;
}

}  // namespace

void add_scaling(const Study& study, Figures& figures) {
  const auto all = lines_by_settings(study);
  std::size_t number = 0;
  for (const auto& [rest, lines] : all) {
    ++number;
    Figure figure{
        .slug = joined_slug("scaling", all.size() < 2 ? "" : std::to_string(number)),
        .title = "Scaling with the number of workers" + (rest.empty() ? "" : " (" + rest + ")"),
        .charts = {time_chart(lines), speed_up_chart(lines)}};
    figure.description =
        fmt::format("Time of an iteration with the most workers: {}. Speed-up over the fewest: {}.",
                    ends_of(figure.charts[0]), ends_of(figure.charts[1]));
    figures.drawn.push_back(std::move(figure));
  }
}

}  // namespace gradwire::analysis
