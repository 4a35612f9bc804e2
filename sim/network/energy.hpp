#pragma once

#include <vector>

#include "sim/core/units.hpp"
#include "sim/network/contention.hpp"
#include "sim/network/platforms/platform.hpp"

namespace simgrid::s4u {
class Link;
}  // namespace simgrid::s4u

namespace gradwire::network {

/// Energy used by the hosts and links that take part.
struct Energy {
  Joules hosts;
  Joules links;
};

/// Measures energy with SimGrid's plugins: a host draws its idle power and, in proportion to its
/// load, the difference to its busy power; a link does the same in proportion to the bandwidth in
/// use. (SimGrid counts a message's latency as time at full bandwidth.)
class EnergyMeter {
 public:
  /// To be constructed before the platform is built.
  explicit EnergyMeter(Simulation& simulation);

  /// Starts counting the platform's server, if it has one, and workers and the links of `routes`.
  /// Throws InputError if the power of one of them is missing or not in SimGrid's format.
  void count(const Platform& platform, const Routes& routes);

  /// Energy from the start until now.
  [[nodiscard]] Energy read() const;

 private:
  std::vector<Host> hosts_;                 ///< each once
  std::vector<simgrid::s4u::Link*> links_;  ///< each once
};

}  // namespace gradwire::network
