#include "sim/run/simulate.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "sim/core/error.hpp"
#include "sim/network/tcp_window.hpp"
#include "sim/protocols/all_reduce/all_reduce.hpp"
#include "sim/protocols/all_reduce/collective_routes.hpp"
#include "sim/protocols/gossip/gossip.hpp"
#include "sim/protocols/gossip/gossip_routes.hpp"
#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "sim/protocols/parameter_server/routes.hpp"
#include "sim/results/graph_table.hpp"
#include "sim/scenario/cost_of.hpp"
#include "sim/scenario/epoch_clock.hpp"
#include "sim/scenario/gossip_graph.hpp"
#include "sim/scenario/settings/quantity.hpp"

namespace gradwire::run {
namespace {

/// The platform with the server on worker 0's host, or its shards on those of the first workers, or
/// without one, if the scenario requires that.
network::Platform placed(network::Platform platform, const scenario::Scenario& scenario) {
  if (!scenario.protocol.has_server()) platform.server = nullptr;
  if (scenario.protocol.server == protocols::ServerPlace::worker0) {
    platform.server = platform.workers.front();
    for (std::size_t s = 0; s < platform.shards.size(); ++s) {
      platform.shards[s] = platform.workers.at(s);
    }
  }
  return platform;
}

/// Both directions between the server and each worker.
network::Routes server_routes(const network::Platform& platform,
                              protocols::BroadcastKind configured) {
  network::Routes routes = protocols::uploads_of(platform);
  for (const auto broadcast : {protocols::BroadcastKind::star, configured}) {
    const network::Routes down = protocols::downloads_of(platform, broadcast);
    routes.insert(routes.end(), down.begin(), down.end());
  }
  return routes;
}

/// The routes of messages between workers. Precondition: there is no server.
network::Routes routes_between_workers(const network::Platform& platform,
                                       const scenario::Scenario& scenario) {
  const protocols::ProtocolConfig& protocol = scenario.protocol;
  return protocol.kind == protocols::ProtocolKind::gossip
             ? protocols::gossip_routes(platform, scenario::mixing_schedule_of(scenario).edges())
             : protocols::collective_routes(platform, protocol.collective);
}

/// The routes of the messages, and, if there is a server, both directions between it and each
/// worker.
network::Routes routes_of(const network::Platform& platform, const scenario::Scenario& scenario) {
  return scenario.protocol.has_server() ? server_routes(platform, scenario.protocol.broadcast)
                                        : routes_between_workers(platform, scenario);
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

/// What a failed client's slices leave at some of an asynchronous server's shards is not simulated
/// (D63).
void require_no_failures(const scenario::Scenario& scenario, const network::Platform& platform) {
  const protocols::ProtocolConfig& protocol = scenario.protocol;
  const bool is_refused = protocol.kind == protocols::ProtocolKind::asynchronous &&
                          protocol.server_shards > 1 && platform.states_vary;
  if (!is_refused) return;
  throw InputError(platform.file,
                   fmt::format("has state profiles, by which hosts fail: with protocol.kind "
                               "asynchronous, protocol.server_shards must be 1 there, got {}",
                               protocol.server_shards));
}

/// The engine and all that messages and computations need, in the order of construction that
/// SimGrid requires.
struct SimulatedNetwork {
  explicit SimulatedNetwork(const scenario::Scenario& scenario)
      : simulation(scenario.network, static_cast<std::size_t>(scenario.workers)) {
    if (scenario.energy) meter.emplace(simulation);
    platform = placed(build_platform(simulation, scenario.platform, scenario.workers,
                                     scenario.energy, scenario.protocol.server_shards),
                      scenario);
    require_no_failures(scenario, platform);
    if (meter) meter->count(platform, routes_of(platform, scenario));
  }

  network::Simulation simulation;
  std::optional<network::EnergyMeter> meter;
  network::Platform platform;
};

}  // namespace

void check_network(const scenario::Scenario& scenario) {
  const SimulatedNetwork network(scenario);
  const network::Routes routes =
      scenario.protocol.has_server()
          ? protocols::downloads_of(network.platform, scenario.protocol.broadcast)
          : routes_between_workers(network.platform, scenario);
  for (const auto& [from, to] : routes) network::require_route(network.platform, from, to);
}

namespace {

/// Plays the iterations under the scenario's exchange pattern. Iterations that are not simulated
/// consume no energy: `use_cache` is false while energy is measured.
cost::ByteLedger play(const scenario::Scenario& scenario, SimulatedNetwork& network,
                      IterationSource& iterations, const protocols::OnIteration& on_iteration) {
  const cost::CostModel cost_model = scenario::cost_model_of(scenario, iterations.encodings());
  const bool use_cache = !network.meter;
  const auto run = [&](const auto& pattern) {
    return pattern.run(network.simulation, network.platform, iterations, on_iteration);
  };
  switch (scenario.protocol.kind) {
    case protocols::ProtocolKind::parameter_server:
      return run(protocols::ParameterServer{
          .protocol = scenario.protocol, .cost_model = cost_model, .use_cache = use_cache});
    case protocols::ProtocolKind::all_reduce:
      return run(protocols::AllReduce{
          .protocol = scenario.protocol, .cost_model = cost_model, .use_cache = use_cache});
    case protocols::ProtocolKind::gossip:
      return run(protocols::Gossip{.cost_model = cost_model,
                                   .sends_first = scenario::sends_first(scenario),
                                   .use_cache = use_cache});
    case protocols::ProtocolKind::asynchronous:
      break;
  }
  throw std::logic_error("no such exchange pattern");
}

std::optional<network::WindowLimit> window_limit(const scenario::Scenario& scenario,
                                                 const SimulatedNetwork& network) {
  if (scenario.protocol.has_server()) {
    return network::tcp_window_limit(network.simulation, network.platform);
  }
  return network::tcp_window_limit(network.simulation, network.platform,
                                   routes_of(network.platform, scenario));
}

}  // namespace

namespace {

/// What is known before the simulation runs.
Simulated before(const scenario::Scenario& scenario, const SimulatedNetwork& network) {
  Simulated result{.ledger = {}, .energy = {}, .notes = network.platform.notes, .hosts = {}};
  for (const network::Host host : network.platform.workers) {
    result.hosts.push_back(network::name_of(host));
  }
  for (const std::string& note :
       {scenario::note_on_local_steps(scenario), tcp_window_note(window_limit(scenario, network)),
        scenario::note_on_dense_sums(scenario)}) {
    if (!note.empty()) result.notes.push_back(note);
  }
  return result;
}

}  // namespace

Simulated simulate(const scenario::Scenario& scenario, IterationSource& iterations,
                   const protocols::OnIteration& on_iteration) {
  SimulatedNetwork network(scenario);
  Simulated result = before(scenario, network);
  result.ledger = play(scenario, network, iterations, [&](const IterationRecord& record) {
    const bool go_on = on_iteration(record);
    if (!go_on && network.meter) result.energy = network.meter->read();
    return go_on;
  });
  return result;
}

Simulated simulate_asynchronous(const scenario::Scenario& scenario, AsynchronousSource& source,
                                const protocols::OnIteration& on_iteration) {
  SimulatedNetwork network(scenario);
  Simulated result = before(scenario, network);
  const protocols::Asynchronous pattern{.cost_model =
                                            scenario::cost_model_of(scenario, source.encodings())};
  const auto report = [&](const IterationRecord& record) {
    const bool go_on = on_iteration(record);
    if (!go_on && network.meter) result.energy = network.meter->read();
    return go_on;
  };
  result.ledger = pattern.run(network.simulation, network.platform, source, report);
  return result;
}

void write_graph(const scenario::Scenario& scenario, const std::vector<network::HostName>& hosts,
                 const results::RunSink& output) {
  if (!output.graph || scenario.protocol.kind != protocols::ProtocolKind::gossip) return;
  output.graph(results::graph_csv(scenario::mixing_schedule_of(scenario), hosts));
}

}  // namespace gradwire::run
