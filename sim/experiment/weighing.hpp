#pragma once

#include "sim/actors/load.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

/// What a scenario's work weighs and how long it takes, simulated or played over TCP.
[[nodiscard]] inline actors::Weighing weighing_of(const Scenario& scenario) {
  return actors::Weighing({.compute = scenario.compute,
                           .wire = scenario.wire,
                           .skip_flag = {scenario.protocol.skip_flag_bytes},
                           .selects = algorithms::method(scenario.algorithm.name).sparse,
                           .seed = scenario.seed});
}

}  // namespace gradwire::experiment
