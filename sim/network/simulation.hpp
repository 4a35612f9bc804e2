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
#include "sim/network/platform_file.hpp"

namespace simgrid::s4u {
class Engine;
class Host;
}  // namespace simgrid::s4u

namespace gradwire::network {

/// A machine of the simulated platform; owned by the engine.
using Host = simgrid::s4u::Host*;

/// The factors a model starts from where the scenario names none. Throws InputError for a model
/// that is none of CM02, LV08 and calibrated.
[[nodiscard]] NetworkFactors resolved_factors(const NetworkConfig& config);

/// A host failed, and the simulation cannot go on without it.
class HostFailed : public std::runtime_error {
 public:
  explicit HostFailed(const std::string& host)
      : std::runtime_error("host \"" + host + "\" failed"), host_(host) {}
  /// The last one that failed.
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  std::string host_;
};

/// The one simulation of this process: SimGrid keeps its clock and its configuration in globals, so
/// a second one in the same process would inherit the first one's time. The network model is always
/// set explicitly, never left to SimGrid's default.
class Simulation {
 public:
  /// `actors`: how many there will be, roughly.
  explicit Simulation(const NetworkConfig& config, std::size_t actors = 0);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Starts an actor on `host` when run() does, or when a host that is off then returns. An
  /// exception that leaves it ends the simulation. A plain actor calls nothing but this library: it
  /// makes do with a small stack.
  enum class Stack { large, small };
  /// What becomes of an actor whose host failed when the host returns.
  enum class AfterFailure { gone, begins_again };
  void spawn(Host host, const std::string& name, std::function<void()> body,
             Stack stack = Stack::large, AfterFailure after_failure = AfterFailure::gone);
  /// Ends all actors but the caller's own wherever they are.
  static void end_others();
  /// Lets time go on also while all actors wait for a host to return.
  static void await_profiles(Host host);

  /// Whether an EnergyMeter was made in this process.
  [[nodiscard]] static bool measures_energy() { return measures_energy_; }
  static void measure_energy() { measures_energy_ = true; }

  /// Runs until every actor has ended. Rethrows the first exception that left an actor. Throws
  /// HostFailed when the actors wait for one whose host failed, InputError when a link failed under
  /// a message, else std::logic_error when they wait for each other.
  void run();

  [[nodiscard]] static Seconds now();

  /// Bytes that SimGrid's network model has carried to their end, by its own books: the third entry
  /// beside what the algorithms say and what the channels were given.
  [[nodiscard]] Bytes carried() const { return {carried_bytes_}; }

  /// The settings of SimGrid that the scenario decides, as given to it.
  [[nodiscard]] const std::vector<SimGridSetting>& settings() const { return settings_; }

  /// What the network model multiplies by; none is empty.
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

/// Of a computation that has its host to itself.
[[nodiscard]] FlopsPerSecond speed(Host host);

/// Lets the calling actor compute; blocks it for work / speed of its host.
void compute(Flops work);

}  // namespace gradwire::network
