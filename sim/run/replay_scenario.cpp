#include "sim/run/replay_scenario.hpp"

#include "sim/network/simulation.hpp"
#include "sim/run/replay_record.hpp"
#include "sim/run/simulate.hpp"
#include "sim/training/synthetic_asynchronous_source.hpp"

namespace gradwire::run {

results::Summary replay_scenario(const scenario::Scenario& scenario, TraceReader& trace,
                                 int threads, const results::RunSink& output) {
  Simulated simulated;
  const auto play = [&](IterationSource& iterations, const protocols::OnIteration& on_iteration) {
    if (scenario.protocol.kind == protocols::ProtocolKind::asynchronous) {
      training::SyntheticAsynchronousSource source(scenario.algorithm,
                                                   scenario.protocol.server_shards, iterations);
      simulated = simulate_asynchronous(scenario, source, on_iteration);
    } else {
      simulated = simulate(scenario, iterations, on_iteration);
    }
    return simulated.ledger;
  };
  results::Summary summary = record_replay(scenario, trace, threads, output, play);
  summary.simgrid = network::simgrid_version();
  summary.energy = simulated.energy;
  summary.notes = simulated.notes;
  write_graph(scenario, simulated.hosts, output);
  return summary;
}

}  // namespace gradwire::run
