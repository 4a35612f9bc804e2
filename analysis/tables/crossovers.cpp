#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/results/quantity.hpp"
#include "analysis/study/crossover.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

std::string bandwidth(double bits_per_second) { return with_prefix(bits_per_second, "bps"); }

std::vector<Cell> row_of(const SweepOver& sweep, const Crossover& crossover) {
  const auto& interval = crossover.interval;
  Cell range{"–", {"", ""}};
  if (interval) {
    range = {fmt::format("[{}, {}]", bandwidth(interval->low), bandwidth(interval->high)),
             {fmt::format("{}", interval->low), fmt::format("{}", interval->high)}};
  }
  return {text_cell(sweep.label),
          text_cell(crossover.below),
          text_cell(crossover.above),
          {bandwidth(crossover.at), {fmt::format("{}", crossover.at)}},
          range,
          {fmt::format("{} and {}", bandwidth(crossover.from), bandwidth(crossover.to)),
           {fmt::format("{}", crossover.from), fmt::format("{}", crossover.to)}},
          {std::to_string(crossover.pairs), {std::to_string(crossover.pairs)}}};
}

/// The n-th crossover of a statement, or its verdict for the whole axis, under each network model.
struct Found {
  const FoundCrossover* first;
  std::size_t n;
  std::map<std::string, const FoundCrossover*> other_network_models;
};

std::vector<Found> joined(const std::vector<FoundCrossover>& all) {
  std::vector<Found> rows;
  std::map<std::string, std::size_t> counts;  // by statement and network model
  for (const FoundCrossover& found : all) {
    const std::string statement = found.setting + "\n" + found.statement;
    const std::size_t n = counts[statement + "\n" + found.model]++;
    const auto same = std::ranges::find_if(rows, [&](const Found& row) {
      return row.n == n && row.first->setting == found.setting &&
             row.first->statement == found.statement && row.first->holds == found.holds;
    });
    if (same == rows.end()) {
      rows.push_back({.first = &found, .n = n, .other_network_models = {{found.model, &found}}});
    } else {
      same->other_network_models[found.model] = &found;
    }
  }
  return rows;
}

std::string number(double value) { return fmt::format("{}", value); }

/// Range over the network models: "below 148 Mbps to 151 Mbps".
Cell where_cell(const Found& row) {
  const std::string& holds = row.first->holds;
  if (!row.first->at) {
    return {holds + (row.first->note.empty() ? "" : ": " + row.first->note), {holds, "", ""}};
  }
  double least = *row.first->at, most = least;
  for (const auto& [model, found] : row.other_network_models) {
    least = std::min(least, *found->at);
    most = std::max(most, *found->at);
  }
  const std::string low = format_value(least, row.first->unit);
  const std::string high = format_value(most, row.first->unit);
  return {fmt::format("{} {}{}", holds, low, low == high ? "" : " to " + high),
          {holds, number(least), number(most)}};
}

Cell model_cell(const Found& row, const std::string& model) {
  const auto other_network_models = row.other_network_models.find(model);
  if (other_network_models == row.other_network_models.end()) return {"–", {"", "", ""}};
  const FoundCrossover& found = *other_network_models->second;
  if (!found.at) return {found.holds, {"", "", ""}};
  Cell cell{format_value(*found.at, found.unit), {number(*found.at), "", ""}};
  if (!found.interval) return cell;
  const auto [low, high] = *found.interval;
  cell.text +=
      fmt::format(" [{}, {}]", format_value(low, found.unit), format_value(high, found.unit));
  cell.csv[1] = number(low);
  cell.csv[2] = number(high);
  return cell;
}

/// Table of the crossovers found by replaying.
Table replayed(const std::vector<FoundCrossover>& all) {
  std::vector<std::string> models;
  for (const FoundCrossover& found : all) {
    if (std::ranges::count(models, found.model) == 0) models.push_back(found.model);
  }
  Table table{.slug = "crossovers",
              .title = "Where methods change places over " + all.front().over,
              .columns = {{"Setting", {"setting"}, false},
                          {"What holds", {"statement"}, false},
                          {"Where", {"holds", "least_at", "most_at"}, false}}};
  for (const std::string& model : models) {
    table.columns.push_back(
        {model, {model + "_at", model + "_ci95_low", model + "_ci95_high"}, false});
  }
  table.columns.push_back({"Seeds", {"seeds"}});
  for (const Found& row : joined(all)) {
    std::vector<Cell> cells{text_cell(row.first->setting), text_cell(row.first->statement),
                            where_cell(row)};
    for (const std::string& model : models) cells.push_back(model_cell(row, model));
    cells.push_back({row.first->seeds, {row.first->seeds}});
    table.rows.push_back(std::move(cells));
  }
  table.notes.push_back(
      "Found by replaying runs at values between those that were swept. Time is simulated time to "
      "the baseline, or to the end where there is none; means over the seeds that both methods "
      "have. In brackets: 95 % interval, resampling seeds.");
  return table;
}

/// A method and those that it was paired with, as the first of the two.
using Group = std::pair<std::string, std::vector<std::string>>;

std::vector<Group> grouped(const std::vector<TwoSeries>& pairs) {
  std::vector<Group> groups;
  for (const auto& [first, second] : pairs) {
    auto group = std::ranges::find(groups, first, &Group::first);
    if (group == groups.end()) group = groups.insert(group, {first, {}});
    group->second.push_back(second);
  }
  return groups;
}

/// "A", "A and B", "A, B and C".
std::string listed(const std::vector<std::string>& names) {
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

}  // namespace

std::optional<Table> crossovers(const Study& study) {
  if (!study.crossovers.empty()) return replayed(study.crossovers);
  Table table{.slug = "crossovers",
              .title = "The uplink at which two methods take the same time to the baseline",
              .columns = {{"Setting", {"setting"}, false},
                          {"Faster below", {"faster_below"}, false},
                          {"Faster above", {"faster_above"}, false},
                          {"Equal at", {"equal_at_bps"}},
                          {"95 % interval", {"equal_at_ci95_low", "equal_at_ci95_high"}},
                          {"Measured at", {"measured_below_bps", "measured_above_bps"}},
                          {"Seeds", {"seeds"}}}};
  const auto sweeps = sweeps_over(study, "platform.uplink", {"platform.downlink"});
  if (sweeps.empty()) return std::nullopt;
  for (const SweepOver& sweep : sweeps) {
    const Crossovers result = crossovers_in(sweep, "baseline.simulated_seconds");
    for (const Crossover& crossover : result.found) {
      table.rows.push_back(row_of(sweep, crossover));
    }
    const std::string where = sweep.label.empty() ? "" : sweep.label + ": ";
    for (const auto& [method, others] : grouped(result.never)) {
      table.notes.push_back(fmt::format("{}{} costs less than {} at every measured value.", where,
                                        method, listed(others)));
    }
    for (const auto& [method, others] : grouped(result.unknown)) {
      table.notes.push_back(
          fmt::format("{}not compared: {} with {}: not every run reached the baseline, or no seed "
                      "is common to all.",
                      where, method, listed(others)));
    }
  }
  table.notes.insert(
      table.notes.begin(),
      "Simulated time to the baseline, means over the seeds that all have; between two measured "
      "bandwidths the logarithm of the ratio is interpolated. The interval resamples seeds and "
      "stays "
      "between the two.");
  return table;
}

}  // namespace gradwire::analysis
