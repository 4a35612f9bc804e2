#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/asynchronous_source.hpp"
#include "sim/core/iteration_source.hpp"
#include "sim/network/energy.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/asynchronous/asynchronous.hpp"
#include "sim/protocols/drive.hpp"
#include "sim/results/run_output.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::run {

/// Results of the simulated network.
struct Simulated {
  cost::ByteLedger ledger;
  std::optional<network::Energy> energy;  ///< up to the end of the last iteration, if measured
  std::vector<std::string> notes;         ///< on the platform and its use, for Summary::notes
  std::vector<network::HostName> hosts;   ///< [M], of the workers
};

/// Builds a scenario's network in this process (one per process) without simulating anything.
/// Throws InputError for errors that only the platform file reveals.
void check_network(const scenario::Scenario& scenario);

/// Plays a scenario's iterations, computed or from a trace, through its simulated network, in this
/// process (one per process: see network::Simulation). Throws InputError for errors that only the
/// platform file reveals.
Simulated simulate(const scenario::Scenario& scenario, IterationSource& iterations,
                   const protocols::OnIteration& on_iteration);

/// The same of an asynchronous method, whose learning the network drives.
Simulated simulate_asynchronous(const scenario::Scenario& scenario, AsynchronousSource& source,
                                const protocols::OnIteration& on_iteration);
/// Writes graph.csv of a decentralised scenario whose simulation has these hosts.
void write_graph(const scenario::Scenario& scenario, const std::vector<network::HostName>& hosts,
                 const results::RunSink& output);

}  // namespace gradwire::run
