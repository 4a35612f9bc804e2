#include "sim/experiment/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "sim/experiment/runs_table.hpp"
#include "sim/experiment/summary_file.hpp"
#include "sim/experiment/sweep_runner.hpp"

namespace gradwire::experiment {
namespace {

using Json = nlohmann::ordered_json;

/// The costs of the table, in its order; `key` in summary.json and in its "baseline".
struct Cost {
  const char* title;
  const char* key;
  const char* format;
};
constexpr std::array<Cost, 4> costs{{{"rounds", "rounds", "{:.0f}"},
                                     {"uplink bits", "uplink_payload_bits", "{:.4g}"},
                                     {"uplink wire bytes", "uplink_wire_bytes", "{:.4g}"},
                                     {"simulated s", "simulated_seconds", "{:.1f}"}}};

/// Runs that differ in their seed only.
struct Group {
  Json axes;  ///< what they share
  std::string label;
  std::string rivals;  ///< what it shares with those it is compared with
  bool is_sgd = false;
  std::size_t runs = 0;
  std::size_t counted = 0;  ///< runs that have the numbers below
  double accuracy = 0.0;    ///< sums until mean_of()
  std::array<double, costs.size()> cost{};
};

bool is_about_the_algorithm(const std::string& path) { return path.starts_with("algorithm"); }

/// Settings that may follow the algorithm.
bool may_be_tuned(const std::string& path) {
  return path.starts_with("learning_rate") || path.starts_with("wire") ||
         path.starts_with("compute.server_");
}

/// Axes that each algorithm has one value of: no reason to compare it with nobody.
std::set<std::string> tuned_axes(const std::vector<FinishedRun>& runs) {
  std::set<std::string> tuned, untuned;
  std::map<std::string, Json> values;  // by path and algorithm
  for (const auto& [run, summary] : runs) {
    std::string algorithm;
    for (const auto& [path, value] : run->axes) {
      if (is_about_the_algorithm(path)) algorithm += value.dump();
    }
    for (const auto& [path, value] : run->axes) {
      if (!may_be_tuned(path)) continue;
      const auto [known, is_new] = values.emplace(path + " " + algorithm, value);
      (known->second == value ? tuned : untuned).insert(path);
    }
  }
  for (const std::string& path : untuned) tuned.erase(path);
  return tuned;
}

/// The label of a run without some of its axes.
template <class Drop>
std::string label_without(const PlannedRun& run, Drop drop) {
  PlannedRun rest{.id = "", .scenario = run.scenario, .axes = {}};
  for (const auto& axis : run.axes) {
    if (!drop(axis.first)) rest.axes.push_back(axis);
  }
  return label_of(rest);
}

Json axes_but_seed(const PlannedRun& run) {
  Json axes = Json::object();
  for (const auto& [path, value] : run.axes) {
    if (path != "seed") axes[path] = value;
  }
  return axes;
}

Group& group_of(std::vector<Group>& groups, const PlannedRun& run,
                const std::set<std::string>& tuned) {
  const auto left_out = [&](const std::string& path) {
    return path == "seed" || tuned.contains(path);
  };
  Json axes = axes_but_seed(run);
  const auto known = std::ranges::find(groups, axes, &Group::axes);
  if (known != groups.end()) return *known;
  std::string label = label_without(run, left_out);
  if (label.empty()) label = run.scenario.algorithm.name;
  groups.push_back({.axes = std::move(axes),
                    .label = std::move(label),
                    .rivals = label_without(run,
                                            [&](const std::string& path) {
                                              return left_out(path) || is_about_the_algorithm(path);
                                            }),
                    .is_sgd = run.scenario.algorithm.name == "sgd"});
  return groups.back();
}

/// Groups whose labels are the same say all that they are.
void tell_apart(std::vector<Group>& groups) {
  const std::vector<Group> before = groups;
  for (Group& group : groups) {
    if (std::ranges::count(before, group.label, &Group::label) < 2) continue;
    group.label.clear();
    for (const auto& [path, value] : group.axes.items()) {
      for (const auto& [column, text] : flattened(path, value)) {
        const bool name = column.ends_with(".name");
        group.label += (group.label.empty() ? "" : ", ") + (name ? text : column + " " + text);
      }
    }
  }
}

void count(Group& group, const Json& numbers, const Json& accuracy) {
  ++group.runs;
  if (numbers.is_null() || !accuracy.is_number()) return;
  ++group.counted;
  group.accuracy += accuracy.get<double>();
  for (std::size_t i = 0; i < costs.size(); ++i) {
    group.cost[i] += number_in(numbers.at(costs[i].key));
  }
}

/// Sums become means.
Group mean_of(Group group) {
  const auto n = static_cast<double>(std::max<std::size_t>(1, group.counted));
  group.accuracy /= n;
  for (double& cost : group.cost) cost /= n;
  return group;
}

const Group* sgd_beside(const std::vector<Group>& groups, const Group& group) {
  const auto found = std::ranges::find_if(groups, [&](const Group& other) {
    return other.is_sgd && other.rivals == group.rivals && other.counted > 0;
  });
  return found == groups.end() ? nullptr : &*found;
}

using Cells = std::vector<std::string>;

Cells row_of(const Group& group, bool against_sgd, const Group* sgd, const std::string& if_none) {
  Cells cells{group.label};
  if (group.counted == 0) {
    cells.push_back(if_none);
    return cells;
  }
  cells.push_back(fmt::format("{:.4f}", group.accuracy));
  for (std::size_t i = 0; i < costs.size(); ++i) {
    cells.push_back(fmt::format(fmt::runtime(costs[i].format), group.cost[i]));
    if (!against_sgd) continue;
    const bool comparable = sgd != nullptr && sgd->cost[i] > 0.0;
    cells.push_back(comparable ? fmt::format("{:.3g} %", 100.0 * group.cost[i] / sgd->cost[i])
                               : std::string("-"));
  }
  if (group.runs > 1) cells.push_back(fmt::format("{}/{}", group.counted, group.runs));
  return cells;
}

Cells header(bool against_sgd, bool several) {
  Cells cells{"", "accuracy"};
  for (const Cost& cost : costs) {
    cells.emplace_back(cost.title);
    if (against_sgd) cells.emplace_back("of SGD");
  }
  if (several) cells.emplace_back("runs");
  return cells;
}

/// Columns as wide as their widest cell, the first to the left, the others to the right.
std::string aligned(const std::vector<Cells>& rows) {
  std::vector<std::size_t> width(rows.front().size(), 0);
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string text;
  for (const Cells& row : rows) {
    std::string line = fmt::format("  {:<{}}", row.front(), width.front());
    for (std::size_t i = 1; i < row.size(); ++i) line += fmt::format("  {:>{}}", row[i], width[i]);
    text += line + "\n";
  }
  return text;
}

std::string table(std::vector<Group> groups, const std::string& if_none) {
  tell_apart(groups);
  std::ranges::transform(groups, groups.begin(), mean_of);
  const bool against_sgd = std::ranges::any_of(
      groups, [&](const Group& group) { return sgd_beside(groups, group) != nullptr; });
  const bool several = std::ranges::any_of(groups, [](const Group& g) { return g.runs > 1; });
  std::vector<Cells> rows{header(against_sgd, several)};
  for (const Group& group : groups) {
    rows.push_back(row_of(group, against_sgd, sgd_beside(groups, group), if_none));
  }
  return aligned(rows);
}

std::string goal(const BaselineConfig& baseline) {
  return fmt::format("{} above {}",
                     baseline.metric == "train_accuracy" ? "training accuracy" : "test accuracy",
                     baseline.above);
}

}  // namespace

std::string comparison(const std::vector<FinishedRun>& runs) {
  if (runs.empty()) return "";
  const std::set<std::string> tuned = tuned_axes(runs);
  std::vector<Group> at_baseline, at_end;
  for (const auto& [run, summary] : runs) {
    const Json& baseline = summary.at("baseline");
    const Json& final = summary.at("final");
    count(group_of(at_baseline, *run, tuned), baseline,
          baseline.is_null() ? Json() : baseline.at("test_accuracy"));
    const bool lost = summary.at("status") == "diverged" || final.is_null();
    count(group_of(at_end, *run, tuned), summary, lost ? Json() : final.at("test_accuracy"));
  }
  std::string text;
  const auto& goal_of_first = runs.front().first->scenario.baseline;
  if (goal_of_first) {
    text += fmt::format("Until {} (mean over the runs that reached it):\n{}\n",
                        goal(*goal_of_first), table(at_baseline, "not reached"));
  }
  const bool any_diverged = std::ranges::any_of(
      runs, [](const FinishedRun& run) { return run.second.at("status") == "diverged"; });
  return text + "At the end of training:\n" +
         table(at_end, any_diverged ? "diverged" : "not tested");
}

}  // namespace gradwire::experiment
