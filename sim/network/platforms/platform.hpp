#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/network/config.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// A host's own name and that of the zone of the platform that it lies in.
struct HostName {
  std::string host;
  std::string zone;
};
[[nodiscard]] HostName name_of(Host host);

/// The hosts of the actors.
struct Platform {
  Host server = nullptr;        ///< null if there is no server; of several shards the first
  std::vector<Host> shards;     ///< [S] hosts of the server's shards (D62); empty: one server
  std::vector<Host> workers;    ///< [M], in the order of their numbers
  std::string file;             ///< the platform file; empty: the built-in star
  bool varies_in_time = false;  ///< speeds, bandwidths or states follow profiles
  bool states_vary = false;     ///< hosts or links fail
  /// Notes for the reader of the results, in full sentences.
  std::vector<std::string> notes;

  /// Whether worker m's messages cross the network: false on the server's own host.
  [[nodiscard]] bool is_remote(std::size_t m) const { return workers[m] != server; }
  /// The hosts that are needed: of all shards, or of the server; empty if there is none.
  [[nodiscard]] std::vector<Host> servers() const {
    if (!shards.empty() || server == nullptr) return shards;
    return {server};
  }
};

/// Builds the platform in the simulation's engine: the star (star.hpp) or that of the file
/// (file_platform.hpp). Call once. `energy` applies to the star only. server_shards: S. Throws
/// InputError.
[[nodiscard]] Platform build_platform(Simulation& simulation, const PlatformConfig& config,
                                      int workers,
                                      const std::optional<EnergyConfig>& energy = std::nullopt,
                                      int server_shards = 1);

/// Throws InputError unless the platform has a route between the hosts, over links whose bandwidths
/// and latencies are within the bounds of config.hpp. (SimGrid ends the process when a message is
/// sent without a route.) Wi-Fi links get the first of their rates for the hosts at either end.
void require_route(const Platform& platform, Host from, Host to);

}  // namespace gradwire::network
