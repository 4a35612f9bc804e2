#include "sim/run/simulate.hpp"

#include <fmt/format.h>

#include <string>

#include "sim/network/tcp_window.hpp"
#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "sim/protocols/parameter_server/routes.hpp"
#include "sim/scenario/cost_of.hpp"
#include "sim/scenario/settings/quantity.hpp"

namespace gradwire::run {
namespace {

/// The platform with the server on worker 0's host, if the scenario requires that.
network::Platform placed(network::Platform platform, const scenario::Scenario& scenario) {
  if (scenario.protocol.server == protocols::ServerPlace::worker0) {
    platform.server = platform.workers.front();
  }
  return platform;
}

/// The routes of the messages, and both directions between the server and each worker.
network::Routes routes_of(const network::Platform& platform,
                          const protocols::ProtocolConfig& protocol) {
  network::Routes routes = protocols::uploads_of(platform);
  for (const auto broadcast : {protocols::BroadcastKind::star, protocol.broadcast}) {
    const network::Routes down = protocols::downloads_of(platform, broadcast);
    routes.insert(routes.end(), down.begin(), down.end());
  }
  return routes;
}

/// A note for readers if TCP's window is the limit for some workers; else empty.
std::string tcp_window_note(const std::optional<network::WindowLimit>& limit) {
  if (!limit) return "";
  const auto shown = [](BytesPerSecond bandwidth) {
    // Four significant digits, in bits per second.
    const double rounded = std::stod(fmt::format("{:.3e}", bandwidth.value));
    return scenario::format_quantity(scenario::Kind::bandwidth, rounded);
  };
  const std::string least = shown(limit->least), most = shown(limit->most);
  return fmt::format(
      "TCP's window (network_factors.tcp_gamma, {} bytes), not the line, limits the messages of {} "
      "of {} workers: at their latency a line above {} gains nothing; 0 switches the bound off",
      limit->window.value, limit->limited, limit->workers,
      least == most ? least : least + " to " + most);
}

protocols::ParameterServer parameter_server(const scenario::Scenario& scenario,
                                            const EncodingNames& encodings) {
  return {.protocol = scenario.protocol,
          .cost_model = scenario::cost_model_of(scenario, encodings)};
}

/// The engine and all that messages and computations need, in the order of construction that
/// SimGrid requires.
struct SimulatedNetwork {
  explicit SimulatedNetwork(const scenario::Scenario& scenario)
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

void check_network(const scenario::Scenario& scenario) {
  const SimulatedNetwork network(scenario);
  for (const auto& [from, to] :
       protocols::downloads_of(network.platform, scenario.protocol.broadcast)) {
    network::require_route(network.platform, from, to);
  }
}

Simulated simulate(const scenario::Scenario& scenario, IterationSource& iterations,
                   const protocols::OnIteration& on_iteration) {
  SimulatedNetwork network(scenario);
  protocols::ParameterServer server = parameter_server(scenario, iterations.encodings());
  server.use_cache = !network.meter;  // iterations that are not simulated consume no energy
  Simulated result{.ledger = {}, .energy = {}, .notes = network.platform.notes};
  const std::string window =
      tcp_window_note(network::tcp_window_limit(network.simulation, network.platform));
  if (!window.empty()) result.notes.push_back(window);
  result.ledger = server.run(network.simulation, network.platform, iterations,
                             [&](const IterationRecord& record) {
                               const bool go_on = on_iteration(record);
                               if (!go_on && network.meter) result.energy = network.meter->read();
                               return go_on;
                             });
  return result;
}

}  // namespace gradwire::run
