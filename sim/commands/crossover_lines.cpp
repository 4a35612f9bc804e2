#include "sim/commands/crossover_lines.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/study/study.hpp"
#include "sim/experiment/declarations.hpp"
#include "sim/experiment/document.hpp"
#include "sim/experiment/runs_table.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/summary_file.hpp"
#include "sim/experiment/sweep_runner.hpp"
#include "sim/experiment/value.hpp"

namespace gradwire::commands {
namespace {

using experiment::Json;
using experiment::PlannedRun;

bool is_of_algorithm(const std::string& path) { return path.starts_with("algorithm"); }

/// Settings that a method has its own value of: they are swept in one axis with it.
std::set<std::string> paths_of_methods(const experiment::Plan& plan) {
  std::set<std::string> paths;
  const Json sweep = plan.document.value("sweep", Json::array());
  for (const Json& axis : sweep) {
    bool methods = false;
    for (const auto& [path, values] : axis.items()) methods = methods || is_of_algorithm(path);
    for (const auto& [path, values] : axis.items()) {
      if (methods) paths.insert(path);
    }
  }
  return paths;
}

/// The axes of a run, sorted into what they are about.
struct Sorted {
  PlannedRun setting;  ///< its axes alone count
  Json method = Json::object();
};

class Sorter {
 public:
  Sorter(const experiment::Plan& plan, const experiment::ResultsFolder& results)
      : request_(*plan.crossovers), results_(results), of_methods_(paths_of_methods(plan)) {}

  void add(const PlannedRun& run) {
    const Sorted sorted = sort(run);
    const Json settings = Json(sorted.setting.axes);
    const std::string model = run.scenario.network.model;
    const Json key = {settings, model, sorted.method};
    const auto known = std::ranges::find(keys_, key);
    const auto place = static_cast<std::size_t>(known - keys_.begin());
    if (known == keys_.end()) {
      keys_.push_back(key);
      methods_.push_back(sorted.method);
      lines_.push_back({.setting = settings.empty() ? "" : experiment::label_of(sorted.setting),
                        .model = model,
                        .method = analysis::display_name(run.scenario.algorithm.name),
                        .seeds = {}});
    }
    add_to(lines_[place], run);
  }

  std::vector<Line> take() {
    const std::vector<Line> before = lines_;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const bool told_apart = std::ranges::count_if(before, [&](const Line& other) {
                                return other.setting == before[i].setting &&
                                       other.model == before[i].model &&
                                       other.method == before[i].method;
                              }) == 1;
      if (!told_apart) lines_[i].method += in_full(methods_[i]);
    }
    return std::move(lines_);
  }

 private:
  [[nodiscard]] Sorted sort(const PlannedRun& run) const {
    Sorted sorted;
    for (const auto& [path, value] : run.axes) {
      const bool of_axis = request_.swept && std::ranges::count(request_.paths, path) > 0;
      if (of_axis || path == "seed" || path == "network_model") continue;
      if (is_of_algorithm(path) || of_methods_.contains(path)) {
        sorted.method[path] = value;
      } else {
        sorted.setting.axes.emplace_back(path, value);
      }
    }
    return sorted;
  }

  static std::string in_full(const Json& method) {
    std::string text;
    for (const auto& [path, value] : method.items()) {
      for (const auto& [column, cell] : experiment::flattened(path, value)) {
        if (!column.ends_with(".name")) text += ", " + column + " " + cell;
      }
    }
    return text;
  }

  void add_to(Line& line, const PlannedRun& run) {
    const std::string seed = std::to_string(run.scenario.seed);
    auto replicate = std::ranges::find(line.seeds, seed, &Replicate::seed);
    const Json summary = results_.summary(run);
    if (replicate == line.seeds.end()) {
      const int threads = summary.value("environment", Json::object()).value("threads", 1);
      line.seeds.push_back(
          {.seed = seed,
           .scenario = run.scenario,
           .recorded = run.recorded.value_or(experiment::RecordedRun{
               .trace = std::filesystem::absolute(results_.folder(run) / experiment::trace_file),
               .threads = threads,
               .stops = run.scenario.baseline && run.scenario.baseline->stop}),
           .at_step = {}});
      replicate = std::prev(line.seeds.end());
    }
    if (request_.swept) replicate->at_step[step_of(run)] = costs_of(run.scenario, summary);
  }

  /// Which value of the axis the run has.
  [[nodiscard]] std::size_t step_of(const PlannedRun& run) const {
    const std::string& path = request_.paths.front();
    const experiment::Origins nowhere{.file = "", .moved = {}};
    const Json written =
        experiment::to_json(run.scenario).at(Json::json_pointer(experiment::pointer_of(path)));
    const double value =
        experiment::checked(written, experiment::find_declaration(path)->setting.type,
                            experiment::Place(nowhere))
            .get<double>();
    const auto& values = request_.values.front();
    return static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
  }

  const experiment::CrossoverRequest& request_;
  const experiment::ResultsFolder& results_;
  std::set<std::string> of_methods_;
  std::vector<Json> keys_, methods_;
  std::vector<Line> lines_;
};

}  // namespace

RunCosts costs_of(const experiment::Scenario& scenario, const Json& summary) {
  using experiment::number_in;
  RunCosts costs{.to_goal = std::nullopt,
                 .communicating = number_in(summary.at("uplink_seconds")) +
                                  number_in(summary.at("downlink_seconds")),
                 .computing = number_in(summary.at("compute_seconds")) +
                              number_in(summary.value("server_seconds", Json(0.0)))};
  if (scenario.baseline) {
    const Json& reached = summary.at("baseline");
    if (!reached.is_null()) costs.to_goal = number_in(reached.at("simulated_seconds"));
  } else if (summary.at("status") != "diverged") {
    costs.to_goal = number_in(summary.at("simulated_seconds"));
  }
  return costs;
}

std::vector<Line> lines_of(const experiment::Plan& plan, const experiment::ResultsFolder& results) {
  Sorter sorter(plan, results);
  for (const PlannedRun& run : plan.runs) {
    if (results.is_complete(run)) sorter.add(run);
  }
  return sorter.take();
}

}  // namespace gradwire::commands
