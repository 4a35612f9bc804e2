#include "analysis/study/cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/statistics/sample.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::string_view at_baseline = "baseline.";

bool has_goal(const Run& run) {
  if (run.scenario.is_null()) return true;  // in runs.csv alone, only an empty cell is evidence
  return run.scenario.contains("baseline") && !run.scenario["baseline"].is_null();
}

/// Whether the results state that there is no such number, rather than lacking the column.
bool states_missing(const Run& run, const std::string& column) {
  if (run.scenario.is_null()) return run.summary.contains(column);
  return std::ranges::none_of(run.summary,
                              [](const auto& cell) { return cell.first.starts_with(at_baseline); });
}

void count_missing(const Run& run, const std::string& column, Cost& cost) {
  if (run.text("status") == "diverged") {
    ++cost.diverged;
  } else if (!column.starts_with(at_baseline)) {
    ++cost.unknown;
  } else if (!has_goal(run)) {
    ++cost.no_baseline;
  } else if (!states_missing(run, column)) {
    ++cost.unknown;
  } else {
    ++cost.not_reached;
    const auto spent = run.number(column.substr(at_baseline.size()));
    if (spent && std::isfinite(*spent)) cost.bounds.push_back(*spent);
  }
}

}  // namespace

std::optional<double> Cost::mean_lower_bound() const {
  if (runs == 0 || values.size() + bounds.size() != runs) return std::nullopt;
  std::vector<double> all = values;
  all.insert(all.end(), bounds.begin(), bounds.end());
  return mean(all);
}

std::string Cost::missing_reasons() const {
  std::string text;
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  };
  add(not_reached, "not reached");
  add(diverged, "diverged");
  add(no_baseline, "without a baseline");
  add(unknown, "without this column");
  return text;
}

Cost cost_of(const Series& series, const std::string& column) {
  Cost cost{.runs = series.runs.size()};
  for (const Run* run : series.runs) {
    const auto value = run->number(column);
    const bool of_the_end = !column.starts_with(at_baseline);
    const bool counts = !of_the_end || run->text("status") != "diverged";
    if (value && std::isfinite(*value) && counts) {
      cost.values.push_back(*value);
      cost.seeds.emplace_back(run->seed());
    } else {
      count_missing(*run, column, cost);
    }
  }
  return cost;
}

Cost per_100_iterations(const Series& series, const std::string& column) {
  Cost cost = cost_of(series, column);
  const Cost iterations = cost_of(series, "iterations");
  if (!cost.whole() || !iterations.whole()) {
    cost.values.clear();
    return cost;
  }
  for (std::size_t i = 0; i < cost.values.size(); ++i) {
    cost.values[i] *= 100.0 / iterations.values[i];
  }
  return cost;
}

Ratio ratio_of(const Cost& cost, const Cost& reference) {
  if (!cost.whole() || !reference.whole()) return {};
  std::vector<double> numerator, denominator;
  for (std::size_t i = 0; i < cost.values.size(); ++i) {
    const auto same = std::ranges::find(reference.seeds, cost.seeds[i]);
    if (same == reference.seeds.end()) continue;
    numerator.push_back(cost.values[i]);
    denominator.push_back(
        reference.values[static_cast<std::size_t>(same - reference.seeds.begin())]);
  }
  if (numerator.empty() || mean(denominator) == 0.0) return {};
  return {.value = mean(numerator) / mean(denominator),
          .interval = bootstrap_ratio(numerator, denominator),
          .pairs = numerator.size()};
}

}  // namespace gradwire::analysis
