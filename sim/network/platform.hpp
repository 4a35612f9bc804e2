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
  /// What a reader of the results must know of the platform: full sentences.
  std::vector<std::string> notes;
};

/// Builds the platform in the simulation's engine, once: the star (star.hpp) or the file's
/// (file_platform.hpp). `energy` is the star's. Throws InputError.
[[nodiscard]] Platform build_platform(Simulation& simulation, const PlatformConfig& config,
                                      int workers,
                                      const std::optional<EnergyConfig>& energy = std::nullopt);

/// Throws InputError unless a message can go from one host to the other over links whose bandwidths
/// and latencies are within the bounds of config.hpp. (SimGrid ends the process when a message is
/// sent elsewhere.) Wi-Fi links get the first of their rates for the hosts at either end.
void require_route(const Platform& platform, Host from, Host to);

}  // namespace gradwire::network
