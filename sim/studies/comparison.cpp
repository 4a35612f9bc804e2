#include "sim/studies/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>

#include "sim/results/runs_table.hpp"
#include "sim/results/summary_file.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::studies {
namespace {

using Json = nlohmann::ordered_json;

/// A cost column of the table; `key` is its member of summary.json and of its "baseline".
struct Cost {
  const char* title;
  const char* key;
  const char* format;
};
constexpr std::array<Cost, 4> costs{{{"rounds", "rounds", "{:.0f}"},
                                     {"uplink bits", "uplink_payload_bits", "{:.4g}"},
                                     {"uplink wire bytes", "uplink_wire_bytes", "{:.4g}"},
                                     {"simulated s", "simulated_seconds", "{:.1f}"}}};

/// The numbers of one run.
struct Counted {
  std::uint64_t seed = 0;
  double accuracy = std::numeric_limits<double>::quiet_NaN();  ///< NaN: the loss has none
  std::array<double, costs.size()> cost{};
};

/// Runs that differ only in their seed.
struct Group {
  Json axes;  ///< values of the swept settings other than the seed
  std::string label;
  std::string comparison_key;  ///< equal for groups that are compared
  bool is_sgd = false;
  std::size_t runs = 0;
  std::vector<Counted> counted{};  ///< runs that have numbers
};

bool is_about_the_algorithm(const std::string& path) { return path.starts_with("algorithm"); }

/// Whether a setting may be tuned per algorithm.
bool may_be_tuned(const std::string& path) {
  return path.starts_with("learning_rate") || path.starts_with("wire") ||
         path.starts_with("compute.server_");
}

/// Swept settings that are tuned per algorithm: each algorithm has one value. They do not prevent
/// the comparison of two groups.
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

/// The label of a run without the axes for which `drop` returns true.
template <class Drop>
std::string label_without(const scenario::PlannedRun& run, Drop drop) {
  scenario::PlannedRun rest{.id = "", .scenario = run.scenario, .axes = {}};
  for (const auto& axis : run.axes) {
    if (!drop(axis.first)) rest.axes.push_back(axis);
  }
  return sweep::label_of(rest);
}

Json axes_but_seed(const scenario::PlannedRun& run) {
  Json axes = Json::object();
  for (const auto& [path, value] : run.axes) {
    if (path != "seed") axes[path] = value;
  }
  return axes;
}

Group& group_of(std::vector<Group>& groups, const scenario::PlannedRun& run,
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
                    .comparison_key = label_without(run,
                                                    [&](const std::string& path) {
                                                      return left_out(path) ||
                                                             is_about_the_algorithm(path);
                                                    }),
                    .is_sgd = run.scenario.algorithm.name == "sgd"});
  return groups.back();
}

/// Replaces labels that several groups share by the complete list of their settings.
void disambiguate_labels(std::vector<Group>& groups) {
  const std::vector<Group> before = groups;
  for (Group& group : groups) {
    if (std::ranges::count(before, group.label, &Group::label) < 2) continue;
    group.label.clear();
    for (const auto& [path, value] : group.axes.items()) {
      for (const auto& [column, text] : results::flattened(path, value)) {
        const bool name = column.ends_with(".name");
        group.label += (group.label.empty() ? "" : ", ") + (name ? text : column + " " + text);
      }
    }
  }
}

/// A member of an object; null if there is none.
Json member(const Json& object, const char* key) {
  return object.is_object() ? object.value(key, Json()) : Json();
}

bool is_diverged(const Json& summary) { return member(summary, "status") == "diverged"; }

/// Adds a run to its group. `numbers` and `accuracy` come from its summary; the run counts without
/// numbers if they are no object, or if an accuracy that its loss has is no number.
void count(Group& group, const scenario::PlannedRun& run, const Json& numbers,
           const Json& accuracy) {
  ++group.runs;
  const bool has_accuracy = run.scenario.loss.predicts_classes();
  if (!numbers.is_object() || (has_accuracy && !accuracy.is_number())) return;
  Counted counted{.seed = run.scenario.seed};
  if (accuracy.is_number()) counted.accuracy = accuracy.get<double>();
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const Json cost = member(numbers, costs[i].key);
    if (!cost.is_number()) return;
    counted.cost[i] = cost.get<double>();
  }
  group.counted.push_back(counted);
}

const Group* sgd_reference(const std::vector<Group>& groups, const Group& group) {
  const auto found = std::ranges::find_if(groups, [&](const Group& other) {
    return other.is_sgd && other.comparison_key == group.comparison_key && !other.counted.empty();
  });
  return found == groups.end() ? nullptr : &*found;
}

template <class Number>
double mean(const std::vector<Counted>& runs, Number number) {
  double sum = 0.0;
  for (const Counted& run : runs) sum += number(run);
  return sum / static_cast<double>(runs.size());
}

double mean_cost(const std::vector<Counted>& runs, std::size_t cost) {
  return mean(runs, [cost](const Counted& run) { return run.cost[cost]; });
}

/// The elements of `runs` whose seed occurs in `others`.
std::vector<Counted> with_seeds_of(const std::vector<Counted>& runs,
                                   const std::vector<Counted>& others) {
  std::vector<Counted> common;
  std::ranges::copy_if(runs, std::back_inserter(common), [&](const Counted& run) {
    return std::ranges::count(others, run.seed, &Counted::seed) > 0;
  });
  return common;
}

constexpr const char* fewer_seeds_mark = "*";

using Cells = std::vector<std::string>;

/// The group's cost as a share of SGD's: the ratio of means over the common seeds, marked if either
/// has other seeds, too.
std::string share_of_sgd(const Group& group, const Group* sgd, std::size_t cost) {
  if (sgd == nullptr) return "-";
  const std::vector<Counted> ours = with_seeds_of(group.counted, sgd->counted);
  const std::vector<Counted> theirs = with_seeds_of(sgd->counted, group.counted);
  if (ours.empty() || !(mean_cost(theirs, cost) > 0.0)) return "-";
  const bool all = ours.size() == group.counted.size() && theirs.size() == sgd->counted.size();
  return fmt::format("{:.3g} %{}", 100.0 * mean_cost(ours, cost) / mean_cost(theirs, cost),
                     all ? "" : fewer_seeds_mark);
}

Cells row_of(const Group& group, bool against_sgd, const Group* sgd, const std::string& if_none) {
  Cells cells{group.label};
  if (group.counted.empty()) {
    cells.push_back(if_none);
    return cells;
  }
  const double accuracy = mean(group.counted, [](const Counted& run) { return run.accuracy; });
  cells.push_back(std::isnan(accuracy) ? "-" : fmt::format("{:.4f}", accuracy));
  for (std::size_t i = 0; i < costs.size(); ++i) {
    cells.push_back(fmt::format(fmt::runtime(costs[i].format), mean_cost(group.counted, i)));
    if (against_sgd) cells.push_back(share_of_sgd(group, sgd, i));
  }
  if (group.runs > 1) cells.push_back(fmt::format("{}/{}", group.counted.size(), group.runs));
  return cells;
}

Cells header(bool against_sgd, bool several) {
  Cells cells{"", "test accuracy"};
  for (const Cost& cost : costs) {
    cells.emplace_back(cost.title);
    if (against_sgd) cells.emplace_back("of SGD");
  }
  if (several) cells.emplace_back("runs");
  return cells;
}

/// Pads columns to their widest cell; the first is left-aligned, the others right-aligned.
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
  disambiguate_labels(groups);
  const bool against_sgd = std::ranges::any_of(
      groups, [&](const Group& group) { return sgd_reference(groups, group) != nullptr; });
  const bool several = std::ranges::any_of(groups, [](const Group& g) { return g.runs > 1; });
  std::vector<Cells> rows{header(against_sgd, several)};
  for (const Group& group : groups) {
    rows.push_back(row_of(group, against_sgd, sgd_reference(groups, group), if_none));
  }
  const bool any_marked = std::ranges::any_of(rows, [](const Cells& row) {
    return std::ranges::any_of(
        row, [](const std::string& cell) { return cell.ends_with(fewer_seeds_mark); });
  });
  return aligned(rows) +
         (any_marked ? "  * of means over the seeds that both methods have here\n" : "");
}

std::string_view text_of(scenario::BaselineMetric metric) {
  switch (metric) {
    case scenario::BaselineMetric::test_accuracy:
      return "test accuracy";
    case scenario::BaselineMetric::test_top5_accuracy:
      return "test top-5 accuracy";
    case scenario::BaselineMetric::train_accuracy:
      return "training accuracy";
    case scenario::BaselineMetric::objective:
      break;
  }
  throw std::logic_error("no accuracy");
}

std::string goal(const scenario::BaselineConfig& baseline) {
  if (baseline.metric == scenario::BaselineMetric::objective) {
    return fmt::format("the objective's {} gap below {}",
                       name_of(baseline.gap, scenario::gap_choices), baseline.below.value());
  }
  return fmt::format("{} above {}", text_of(baseline.metric), baseline.above.value());
}

}  // namespace

std::string comparison(const std::vector<FinishedRun>& runs) {
  if (runs.empty()) return "";
  const std::set<std::string> tuned = tuned_axes(runs);
  std::vector<Group> at_baseline, at_end;
  for (const auto& [run, summary] : runs) {
    const Json baseline = member(summary, "baseline");
    const Json final = member(summary, "final");
    count(group_of(at_baseline, *run, tuned), *run, baseline, member(baseline, "test_accuracy"));
    const bool lost = is_diverged(summary);
    count(group_of(at_end, *run, tuned), *run, lost ? Json() : summary,
          member(final, "test_accuracy"));
  }
  std::string text;
  const auto& goal_of_first = runs.front().first->scenario.baseline;
  if (goal_of_first) {
    text += fmt::format("Until {} (mean over the runs that reached it):\n{}\n",
                        goal(*goal_of_first), table(at_baseline, "not reached"));
  }
  const bool any_diverged =
      std::ranges::any_of(runs, [](const FinishedRun& run) { return is_diverged(run.second); });
  return text + "At the end of training:\n" +
         table(at_end, any_diverged ? "diverged" : "not tested");
}

}  // namespace gradwire::studies
