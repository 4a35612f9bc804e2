#include "sim/experiment/simulate.hpp"

#include <fmt/format.h>

#include <string>

#include "sim/actors/routes.hpp"
#include "sim/experiment/quantity.hpp"
#include "sim/experiment/weighing.hpp"
#include "sim/network/tcp_window.hpp"

namespace gradwire::experiment {
namespace {

/// Worker 0's machine is the server's where the scenario says so.
network::Platform placed(network::Platform platform, const Scenario& scenario) {
  if (scenario.protocol.server == "worker0") platform.server = platform.workers.front();
  return platform;
}

/// That messages take, and both ways between the server and each worker.
network::Routes routes_of(const network::Platform& platform,
                          const actors::ProtocolConfig& protocol) {
  network::Routes routes = actors::uploads_of(platform);
  for (const char* broadcast : {"star", protocol.broadcast.c_str()}) {
    const network::Routes down = actors::downloads_of(platform, broadcast);
    routes.insert(routes.end(), down.begin(), down.end());
  }
  return routes;
}

/// For people: where TCP's window is the limit; empty: nowhere.
std::string tcp_window_note(const std::optional<network::WindowLimit>& limit) {
  if (!limit) return "";
  const auto shown = [](BytesPerSecond bandwidth) {
    // Four digits of bits a second.
    const double rounded = std::stod(fmt::format("{:.3e}", bandwidth.value));
    return format_quantity(Kind::bandwidth, rounded);
  };
  const std::string least = shown(limit->least), most = shown(limit->most);
  return fmt::format(
      "TCP's window (network_factors.tcp_gamma, {} bytes), not the line, limits the messages of {} "
      "of {} workers: at their latency a line above {} gains nothing; 0 switches the bound off",
      limit->window.value, limit->limited, limit->workers,
      least == most ? least : least + " to " + most);
}

actors::ParameterServer parameter_server(const Scenario& scenario) {
  return {.protocol = scenario.protocol, .weighing = weighing_of(scenario)};
}

/// The engine with everything that messages and computations need, in the order SimGrid wants it.
struct SimulatedNetwork {
  explicit SimulatedNetwork(const Scenario& scenario)
      : simulation(scenario.network, static_cast<std::size_t>(scenario.workers)) {
    if (scenario.energy) meter.emplace(simulation);
    platform = placed(
        build_platform(simulation, scenario.platform, scenario.workers, scenario.energy), scenario);
    if (meter) meter->count(platform, routes_of(platform, scenario.protocol));
  }

  network::Simulation simulation;
  std::optional<network::EnergyMeter> meter;
  network::Platform platform;
};

}  // namespace

void check_network(const Scenario& scenario) {
  const SimulatedNetwork network(scenario);
  for (const auto& [from, to] :
       actors::downloads_of(network.platform, scenario.protocol.broadcast)) {
    network::require_route(network.platform, from, to);
  }
}

Simulated simulate(const Scenario& scenario, actors::Iterations& iterations,
                   const actors::OnIteration& on_iteration) {
  SimulatedNetwork network(scenario);
  actors::ParameterServer server = parameter_server(scenario);
  server.remembers = !network.meter;  // what is not simulated takes no energy
  Simulated result{.books = {}, .energy = {}, .notes = network.platform.notes};
  const std::string window =
      tcp_window_note(network::tcp_window_limit(network.simulation, network.platform));
  if (!window.empty()) result.notes.push_back(window);
  result.books = server.run(network.simulation, network.platform, iterations,
                            [&](const IterationRecord& record) {
                              const bool go_on = on_iteration(record);
                              if (!go_on && network.meter) result.energy = network.meter->read();
                              return go_on;
                            });
  return result;
}

}  // namespace gradwire::experiment
