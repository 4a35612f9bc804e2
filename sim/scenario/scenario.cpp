#include "sim/scenario/scenario.hpp"

#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {

bool evaluates_objective(const Scenario& scenario) {
  if (scenario.model.name == learn::ModelKind::linear) return true;
  const bool by_kernels = learn::is_fully_connected(scenario.model.name) &&
                          scenario.model.gradient == learn::GradientImplementation::kernels;
  const bool is_goal = scenario.baseline && scenario.baseline->metric == BaselineMetric::objective;
  return by_kernels && (scenario.batch_size.is_whole_shard() || is_goal);
}

bool selects_workers(const Scenario& scenario) {
  return algorithms::selects_workers(scenario.algorithm) ||
         algorithms::sampled_workers_of(scenario.algorithm, scenario.workers) < scenario.workers;
}

}  // namespace gradwire::scenario
