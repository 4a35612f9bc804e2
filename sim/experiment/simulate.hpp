#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/actors/iterations.hpp"
#include "sim/actors/parameter_server.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/network/energy.hpp"

namespace gradwire::experiment {

/// What the network counted.
struct Simulated {
  actors::Books books;
  std::optional<network::Energy> energy;  ///< until the last iteration's end; where asked for
  std::vector<std::string> notes;         ///< of the platform and its use, for Summary::notes
};

/// Builds a scenario's network in this process (one a process) and simulates nothing. Throws
/// InputError for what only the platform file shows to be wrong.
void check_network(const Scenario& scenario);

/// Sends a scenario's iterations through its simulated network, in this process (one a process: see
/// network::Simulation), whoever makes them. Throws InputError for what only the platform file
/// shows to be wrong.
Simulated simulate(const Scenario& scenario, actors::Iterations& iterations,
                   const actors::OnIteration& on_iteration);

}  // namespace gradwire::experiment
