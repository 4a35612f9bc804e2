#include "sim/studies/crossover_replays.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/results/results_folder.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/sweep/document.hpp"

namespace gradwire::studies {

using scenario::Json;
using scenario::PlannedRun;

std::vector<double> values_at(const sweep::CrossoverRequest& request, double place) {
  const std::vector<double>& first = request.values.front();
  std::size_t step = 0;
  while (step + 2 < first.size() && std::log(first[step + 1]) <= place) ++step;
  const double low = std::log(first[step]), high = std::log(first[step + 1]);
  const double share = (place - low) / (high - low);
  std::vector<double> values;
  for (const std::vector<double>& list : request.values) {
    values.push_back(
        std::exp((1.0 - share) * std::log(list[step]) + share * std::log(list[step + 1])));
  }
  return values;
}

CrossoverReplays::CrossoverReplays(const sweep::CrossoverRequest& request,
                                   const std::filesystem::path& root, sweep::SweepOptions options)
    : request_(request), options_(std::move(options)), folder_(root, ".crossovers.partial-") {}

bool CrossoverReplays::knows(const Line& line, double place, bool whole) const {
  return known_.contains({&line, place, whole});
}

const std::vector<RunCosts>& CrossoverReplays::costs(const Line& line, double place,
                                                     bool whole) const {
  return known_.at({&line, place, whole});
}

void CrossoverReplays::take(const Line& line, const std::vector<double>& steps) {
  for (std::size_t step = 0; step < steps.size(); ++step) {
    for (const Replicate& replicate : line.seeds) {
      known_[{&line, steps[step], true}].push_back(replicate.at_step.at(step));
    }
  }
  reuse_whole_runs(line, steps);
}

void CrossoverReplays::reuse_whole_runs(const Line& line, const std::vector<double>& steps) {
  for (const double step : steps) {
    known_[{&line, step, false}] = known_.at({&line, step, true});
  }
}

void CrossoverReplays::want(const Line& line, double place, bool whole) {
  if (!knows(line, place, whole)) wanted_.emplace(&line, place, whole);
}

PlannedRun CrossoverReplays::plan(const Replicate& replicate, double place, bool whole) const {
  scenario::Json scenario = scenario::to_json(replicate.scenario);
  const std::vector<double> values = values_at(request_, place);
  for (std::size_t i = 0; i < values.size(); ++i) {
    scenario[scenario::Json::json_pointer(sweep::pointer_of(request_.paths[i]))] = values[i];
  }
  if (replicate.scenario.baseline) {
    scenario["baseline"]["stop"] = !whole || replicate.recorded.stops;
  }
  PlannedRun run{.id = "",
                 .scenario = scenario::read_scenario(scenario, "crossovers"),
                 .axes = {},
                 .recorded = replicate.recorded};
  run.id = scenario::run_id(run.scenario);
  return run;
}

sweep::SweepReport CrossoverReplays::run() {
  std::vector<PlannedRun> runs;
  std::vector<std::pair<Key, std::vector<std::size_t>>> places;  // seeds' indices in `runs`
  for (const Key& key : wanted_) {
    const auto& [line, place, whole] = key;
    places.emplace_back(key, std::vector<std::size_t>());
    for (const Replicate& replicate : line->seeds) {
      PlannedRun planned = plan(replicate, place, whole);
      const auto same = std::ranges::find(runs, planned.id, &PlannedRun::id);
      places.back().second.push_back(static_cast<std::size_t>(same - runs.begin()));
      if (same == runs.end()) runs.push_back(std::move(planned));
    }
  }
  wanted_.clear();
  const results::ResultsFolder results(folder_.path(), results::Durability::no);
  sweep::SweepReport report = sweep::run_sweep(runs, results, options_);
  if (report.complete < runs.size()) return report;
  replays_ += runs.size();
  for (const auto& [key, at] : places) {
    for (const std::size_t i : at) {
      known_[key].push_back(costs_of(runs[i].scenario, results.summary(runs[i])));
    }
  }
  for (const PlannedRun& run : runs) results.remove(run);
  return report;
}

}  // namespace gradwire::studies
