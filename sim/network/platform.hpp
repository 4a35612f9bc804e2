#pragma once

#include <vector>

#include "sim/network/config.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// Where the actors of a parameter server live.
struct Platform {
  Host server = nullptr;
  std::vector<Host> workers;  ///< [M], in the order of their numbers
};

/// Builds the platform in the simulation's engine, once: a star, in which each worker has a link of
/// its own to the server and one back (the server's own port is never the bottleneck), or the
/// file's. Throws InputError when the file cannot be read or lacks a host that the configuration
/// names.
[[nodiscard]] Platform build_platform(Simulation& simulation, const PlatformConfig& config,
                                      int workers);

}  // namespace gradwire::network
