#include "sim/experiment/replay_scenario.hpp"

#include "sim/experiment/replay_record.hpp"
#include "sim/experiment/simulate.hpp"

namespace gradwire::experiment {

Summary replay_scenario(const Scenario& scenario, TraceReader& trace, int threads,
                        const RunOutput& output) {
  std::optional<network::Energy> energy;
  const auto play = [&](actors::Iterations& iterations, const actors::OnIteration& on_iteration) {
    const Simulated simulated = simulate(scenario, iterations, on_iteration);
    energy = simulated.energy;
    return simulated.books;
  };
  Summary summary = record_replay(scenario, trace, threads, output, play);
  summary.energy = energy;
  return summary;
}

}  // namespace gradwire::experiment
