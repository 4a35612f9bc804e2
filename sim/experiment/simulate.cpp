#include "sim/experiment/simulate.hpp"

#include "sim/experiment/weighing.hpp"

namespace gradwire::experiment {
namespace {

/// Worker 0's machine is the server's where the scenario says so.
network::Platform placed(network::Platform platform, const Scenario& scenario) {
  if (scenario.protocol.server == "worker0") platform.server = platform.workers.front();
  return platform;
}

actors::ParameterServer parameter_server(const Scenario& scenario) {
  return {.protocol = scenario.protocol, .weighing = weighing_of(scenario)};
}

}  // namespace

Simulated simulate(const Scenario& scenario, actors::Iterations& iterations,
                   const actors::OnIteration& on_iteration) {
  network::Simulation simulation(scenario.network, static_cast<std::size_t>(scenario.workers));
  std::optional<network::EnergyMeter> meter;
  if (scenario.energy) meter.emplace(simulation);
  const auto platform = placed(
      build_platform(simulation, scenario.platform, scenario.workers, scenario.energy), scenario);
  if (meter) network::EnergyMeter::require_watts(platform);

  actors::ParameterServer server = parameter_server(scenario);
  server.remembers = !meter;  // what is not simulated takes no energy
  Simulated result;
  result.books = server.run(simulation, platform, iterations, [&](const IterationRecord& record) {
    const bool go_on = on_iteration(record);
    if (!go_on && meter) result.energy = meter->read();
    return go_on;
  });
  return result;
}

}  // namespace gradwire::experiment
