#include "sim/experiment/replay_scenario.hpp"

#include "sim/experiment/replay_record.hpp"
#include "sim/experiment/simulate.hpp"

namespace gradwire::experiment {

Summary replay_scenario(const Scenario& scenario, TraceReader& trace, int threads,
                        const RunOutput& output) {
  Simulated simulated;
  const auto play = [&](actors::Iterations& iterations, const actors::OnIteration& on_iteration) {
    simulated = simulate(scenario, iterations, on_iteration);
    return simulated.books;
  };
  Summary summary = record_replay(scenario, trace, threads, output, play);
  summary.energy = simulated.energy;
  summary.notes = simulated.notes;
  return summary;
}

}  // namespace gradwire::experiment
