#pragma once

#include "sim/core/trace.hpp"
#include "sim/experiment/run_output.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace gradwire::experiment {

/// Runs one scenario in this process without learning: the iterations are those of `trace`, which
/// must have been learned under the scenario's settings. `threads` learned them. Throws InputError
/// for a trace that is damaged, of other settings, or too short.
[[nodiscard]] Summary replay_scenario(const Scenario& scenario, TraceReader& trace, int threads,
                                      const RunOutput& output);

}  // namespace gradwire::experiment
