#include "sim/run/replay_scenario.hpp"

#include "sim/network/simulation.hpp"
#include "sim/run/replay_record.hpp"
#include "sim/run/simulate.hpp"

namespace gradwire::run {

results::Summary replay_scenario(const scenario::Scenario& scenario, TraceReader& trace,
                                 int threads, const results::RunSink& output) {
  Simulated simulated;
  const auto play = [&](IterationSource& iterations, const protocols::OnIteration& on_iteration) {
    simulated = simulate(scenario, iterations, on_iteration);
    return simulated.ledger;
  };
  results::Summary summary = record_replay(scenario, trace, threads, output, play);
  summary.simgrid = network::simgrid_version();
  summary.energy = simulated.energy;
  summary.notes = simulated.notes;
  return summary;
}

}  // namespace gradwire::run
