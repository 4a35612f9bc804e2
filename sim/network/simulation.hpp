#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/units.hpp"
#include "sim/network/config.hpp"
#include "sim/network/platforms/platform_file.hpp"

namespace simgrid::s4u {
class Engine;
class Host;
}  // namespace simgrid::s4u

namespace gradwire::network {

/// A host of the simulated platform; owned by the engine.
using Host = simgrid::s4u::Host*;

/// A host failed without which the simulation cannot continue.
class HostFailed : public std::runtime_error {
 public:
  explicit HostFailed(const std::string& host)
      : std::runtime_error("host \"" + host + "\" failed"), host_(host) {}
  /// The host that failed last.
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  std::string host_;
};

/// Version of the SimGrid library that is loaded, as "3.32.0".
[[nodiscard]] std::string simgrid_version();

/// The only simulation of this process: SimGrid keeps its clock and its configuration in globals,
/// so a second one in the same process would continue at the first one's time. The network model is
/// always set explicitly; SimGrid's default is never used.
class Simulation {
 public:
  /// `actors`: their approximate number.
  explicit Simulation(const NetworkConfig& config, std::size_t actors = 0);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Stack size of an actor. `small` suffices for an actor that calls only this library.
  enum class Stack { large, small };
  /// What happens to an actor whose host failed, when the host returns.
  enum class AfterFailure { gone, begins_again };
  /// Starts an actor on `host` when run() starts, or, if the host is off then, when it returns. An
  /// exception that leaves `body` ends the simulation.
  void spawn(Host host, const std::string& name, std::function<void()> body,
             Stack stack = Stack::large, AfterFailure after_failure = AfterFailure::gone);
  /// Kills all actors except the calling one, in whatever state.
  static void kill_others();
  /// Lets the other actors that can go on at this date do so, until each of them waits once.
  static void let_others_run();
  /// Keeps time advancing while all actors wait for a host to return.
  static void keep_time_running(Host host);

  /// Whether an EnergyMeter was constructed in this process.
  [[nodiscard]] static bool measures_energy() { return measures_energy_; }
  static void measure_energy() { measures_energy_ = true; }

  /// Runs until every actor has ended. Rethrows the first exception that left an actor. Throws
  /// HostFailed if the actors wait for an actor whose host failed, InputError if a link failed
  /// during a transfer, and std::logic_error for any other deadlock.
  void run();

  [[nodiscard]] static Seconds now();

  /// Bytes of the flows that SimGrid's network model has completed, by SimGrid's own count: the
  /// third entry of the ledger, besides the counts of the algorithms and of the channels.
  [[nodiscard]] Bytes carried() const { return {carried_bytes_}; }

  /// The SimGrid settings that the scenario determines, as passed to SimGrid.
  [[nodiscard]] const std::vector<SimGridSetting>& settings() const { return settings_; }

  /// The factors of the network model; all are set.
  [[nodiscard]] const NetworkFactors& factors() const { return factors_; }

 private:
  void start_waiting_actors(Host host);
  [[noreturn]] void throw_network_failure() const;

  static inline bool measures_energy_ = false;
  NetworkFactors factors_;
  std::vector<SimGridSetting> settings_;
  std::unique_ptr<simgrid::s4u::Engine> engine_;
  std::exception_ptr failure_;
  std::string failed_actor_;
  std::string failed_host_, failed_link_;
  std::multimap<Host, std::function<void()>> to_start_;  ///< actors of hosts that are off
  std::int64_t carried_bytes_ = 0;
};

/// Whether a host is up.
[[nodiscard]] bool is_on(Host host);

[[nodiscard]] std::string name(Host host);

/// Of a computation that is alone on its host.
[[nodiscard]] FlopsPerSecond speed(Host host);

/// Blocks the calling actor for work / speed of its host.
void compute(Flops work);

}  // namespace gradwire::network
