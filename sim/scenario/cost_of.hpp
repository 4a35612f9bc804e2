#pragma once

#include "sim/algorithms/methods.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// The scenario's cost model: sizes and durations of its work, simulated or played over TCP.
[[nodiscard]] inline cost::CostModel cost_model_of(const Scenario& scenario) {
  return cost::CostModel({.compute = scenario.compute,
                          .wire = scenario.wire,
                          .skip_flag = {scenario.protocol.skip_flag_bytes},
                          .selects = algorithms::method(scenario.algorithm.name).sparse,
                          .seed = scenario.seed});
}

}  // namespace gradwire::scenario
