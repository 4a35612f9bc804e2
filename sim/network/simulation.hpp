#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "sim/core/units.hpp"
#include "sim/network/config.hpp"

namespace simgrid::s4u {
class Engine;
class Host;
}  // namespace simgrid::s4u

namespace gradwire::network {

/// A machine of the simulated platform; owned by the engine.
using Host = simgrid::s4u::Host*;

/// The factors a model starts from where the scenario names none. Throws InputError for a model
/// that is neither CM02 nor LV08.
[[nodiscard]] NetworkFactors resolved_factors(const NetworkConfig& config);

/// The one simulation of this process: SimGrid keeps its clock and its configuration in globals, so
/// a second one in the same process would inherit the first one's time. The network model is always
/// set explicitly, never left to SimGrid's default.
class Simulation {
 public:
  explicit Simulation(const NetworkConfig& config);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Starts an actor on `host` when run() does. An exception that leaves it ends the simulation.
  void spawn(Host host, const std::string& name, std::function<void()> body);

  /// Runs until every actor has ended. Rethrows the first exception that left an actor; throws
  /// std::logic_error when the actors wait for each other.
  void run();

  [[nodiscard]] static Seconds now();

  /// Bytes that SimGrid's network model has carried to their end, by its own books: the third entry
  /// beside what the algorithms say and what the channels were given.
  [[nodiscard]] Bytes carried() const { return {carried_bytes_}; }

 private:
  std::unique_ptr<simgrid::s4u::Engine> engine_;
  std::exception_ptr failure_;
  std::string failed_actor_;
  std::int64_t carried_bytes_ = 0;
};

/// Lets the calling actor compute; blocks it for work / speed of its host.
void compute(Flops work);

}  // namespace gradwire::network
