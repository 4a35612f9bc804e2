#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/network/config.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// Where the actors of a parameter server live.
struct Platform {
  Host server = nullptr;
  std::vector<Host> workers;    ///< [M], in the order of their numbers
  std::string file;             ///< it was read from; empty: built here
  bool varies_in_time = false;  ///< speeds, bandwidths or states follow profiles
};

/// Builds the platform in the simulation's engine, once: a star, in which each worker has a link of
/// its own to the server and one back (the server's own port is never the bottleneck), or the
/// file's. Throws InputError when the file cannot be read or lacks a host that the configuration
/// names, or a route between the server and a worker. `energy` is the star's.
[[nodiscard]] Platform build_platform(Simulation& simulation, const PlatformConfig& config,
                                      int workers,
                                      const std::optional<EnergyConfig>& energy = std::nullopt);

/// Throws InputError unless a message can go from one host to the other. (SimGrid ends the process
/// when such a message is sent.)
void require_route(const Platform& platform, Host from, Host to);

}  // namespace gradwire::network
