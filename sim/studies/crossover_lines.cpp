#include "sim/studies/crossover_lines.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/results/methods.hpp"
#include "analysis/study/study.hpp"
#include "sim/results/runs_table.hpp"
#include "sim/results/summary_file.hpp"
#include "sim/scenario/declarations.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/settings/value.hpp"
#include "sim/sweep/document.hpp"
#include "sim/sweep/sweep_runner.hpp"

namespace gradwire::studies {
namespace {

using scenario::Json;
using scenario::PlannedRun;

/// Whether a swept setting tells methods apart: of the algorithm, or the pattern of exchanges.
bool is_of_method(const std::string& path, const Json& value) {
  const bool has_kind = path == "protocol" && value.is_object() && value.contains("kind");
  return path.starts_with("algorithm") || path == "protocol.kind" ||
         path == "protocol.collective" || has_kind;
}

/// Settings swept in the same axis as the algorithm or the pattern, so that each method has its own
/// value.
std::set<std::string> paths_of_methods(const sweep::Plan& plan) {
  std::set<std::string> paths;
  const scenario::Json sweep = plan.document.value("sweep", scenario::Json::array());
  for (const scenario::Json& axis : sweep) {
    bool methods = false;
    for (const auto& [path, values] : axis.items()) {
      for (const Json& value : values) methods = methods || is_of_method(path, value);
    }
    for (const auto& [path, values] : axis.items()) {
      if (methods) paths.insert(path);
    }
  }
  return paths;
}

/// The axes of a run, divided into those of the setting and those of the method.
struct AxisGroups {
  PlannedRun setting;  ///< only its axes are used
  scenario::Json method = scenario::Json::object();
};

class LineGrouping {
 public:
  LineGrouping(const sweep::Plan& plan, const results::ResultsFolder& results)
      : request_(*plan.crossovers), results_(results), of_methods_(paths_of_methods(plan)) {}

  void add(const PlannedRun& run) {
    const AxisGroups sorted = sort(run);
    const scenario::Json settings = scenario::Json(sorted.setting.axes);
    const std::string model(name_of(run.scenario.network.model, network::network_model_choices));
    const scenario::Json key = {settings, model, sorted.method};
    const auto known = std::ranges::find(keys_, key);
    const auto place = static_cast<std::size_t>(known - keys_.begin());
    if (known == keys_.end()) {
      keys_.push_back(key);
      methods_.push_back(sorted.method);
      lines_.push_back({.setting = settings.empty() ? "" : sweep::label_of(sorted.setting),
                        .model = model,
                        .method = analysis::display_name(run.scenario.algorithm.name),
                        .seeds = {}});
    }
    add_to(lines_[place], run);
  }

  std::vector<Line> take() {
    const std::vector<Line> before = lines_;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      std::vector<Cells> alike;  // of the other lines of the same name
      for (std::size_t other = 0; other < before.size(); ++other) {
        const bool has_same_name = before[other].setting == before[i].setting &&
                                   before[other].model == before[i].model &&
                                   before[other].method == before[i].method;
        if (other != i && has_same_name) alike.push_back(cells_of(methods_[other]));
      }
      lines_[i].method += differences(cells_of(methods_[i]), alike);
    }
    return std::move(lines_);
  }

 private:
  [[nodiscard]] AxisGroups sort(const PlannedRun& run) const {
    AxisGroups sorted;
    for (const auto& [path, value] : run.axes) {
      const bool of_axis = request_.swept && std::ranges::count(request_.paths, path) > 0;
      if (of_axis || path == "seed" || path == "network_model") continue;
      if (is_of_method(path, value) || of_methods_.contains(path)) {
        sorted.method[path] = value;
      } else {
        sorted.setting.axes.emplace_back(path, value);
      }
    }
    return sorted;
  }

  using Cells = std::vector<std::pair<std::string, std::string>>;  // column, cell

  static Cells cells_of(const scenario::Json& method) {
    Cells cells;
    for (const auto& [path, value] : method.items()) {
      for (const auto& [column, cell] : results::flattened(path, value)) {
        if (!column.ends_with(".name")) cells.emplace_back(column, cell);
      }
    }
    return cells;
  }

  /// ", column cell" for each of the cells that not all of `others` have.
  static std::string differences(const Cells& cells, const std::vector<Cells>& others) {
    std::string text;
    for (const auto& cell : cells) {
      const auto has_it = [&](const Cells& other) { return std::ranges::count(other, cell) > 0; };
      if (!std::ranges::all_of(others, has_it)) text += ", " + cell.first + " " + cell.second;
    }
    return text;
  }

  void add_to(Line& line, const PlannedRun& run) {
    const std::string seed = std::to_string(run.scenario.seed);
    auto replicate = std::ranges::find(line.seeds, seed, &Replicate::seed);
    const scenario::Json summary = results_.summary(run);
    if (replicate == line.seeds.end()) {
      const int threads =
          summary.value("environment", scenario::Json::object()).value("threads", 1);
      line.seeds.push_back(
          {.seed = seed,
           .scenario = run.scenario,
           .recorded = run.recorded.value_or(scenario::RecordedRun{
               .trace = std::filesystem::absolute(results_.folder(run) / results::trace_file),
               .threads = threads,
               .stops = run.scenario.baseline && run.scenario.baseline->stop}),
           .at_step = {}});
      replicate = std::prev(line.seeds.end());
    }
    if (request_.swept) replicate->at_step[step_of(run)] = costs_of(run.scenario, summary);
  }

  /// The step of the axis at the run's value.
  [[nodiscard]] std::size_t step_of(const PlannedRun& run) const {
    const std::string& path = request_.paths.front();
    const scenario::SourceMap nowhere{.file = "", .moved = {}};
    const scenario::Json written =
        scenario::to_json(run.scenario).at(scenario::Json::json_pointer(sweep::pointer_of(path)));
    const double value = scenario::checked(written, scenario::find_declaration(path)->setting.type,
                                           scenario::JsonLocation(nowhere))
                             .get<double>();
    const auto& values = request_.values.front();
    return static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
  }

  const sweep::CrossoverRequest& request_;
  const results::ResultsFolder& results_;
  std::set<std::string> of_methods_;
  std::vector<scenario::Json> keys_, methods_;
  std::vector<Line> lines_;
};

}  // namespace

RunCosts costs_of(const scenario::Scenario& scenario, const scenario::Json& summary) {
  using results::number_in;
  RunCosts costs{
      .to_goal = std::nullopt,
      .communicating = results::number_in(summary.at("uplink_seconds")) +
                       results::number_in(summary.at("downlink_seconds")),
      .computing = results::number_in(summary.at("compute_seconds")) +
                   results::number_in(summary.value("server_seconds", scenario::Json(0.0)))};
  if (scenario.baseline) {
    const scenario::Json& reached = summary.at("baseline");
    if (!reached.is_null()) costs.to_goal = results::number_in(reached.at("simulated_seconds"));
  } else if (summary.at("status") != "diverged") {
    costs.to_goal = results::number_in(summary.at("simulated_seconds"));
  }
  return costs;
}

std::vector<Line> lines_of(const sweep::Plan& plan, const results::ResultsFolder& results) {
  LineGrouping sorter(plan, results);
  for (const PlannedRun& run : plan.runs) {
    if (results.is_complete(run)) sorter.add(run);
  }
  return sorter.take();
}

}  // namespace gradwire::studies
