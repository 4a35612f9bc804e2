#pragma once

#include "sim/results/run_output.hpp"
#include "sim/results/summary.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/trace.hpp"

namespace gradwire::run {

/// Runs one scenario in this process without training: the iterations are those of `trace`, which
/// must have been trained under the scenario's settings, on `threads` threads. Throws InputError
/// for a trace that is damaged, of other settings, or too short.
[[nodiscard]] results::Summary replay_scenario(const scenario::Scenario& scenario,
                                               TraceReader& trace, int threads,
                                               const results::RunSink& output);

}  // namespace gradwire::run
