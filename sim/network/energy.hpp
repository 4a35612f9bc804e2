#pragma once

#include <vector>

#include "sim/core/units.hpp"
#include "sim/network/contention.hpp"
#include "sim/network/platform.hpp"

namespace simgrid::s4u {
class Link;
}  // namespace simgrid::s4u

namespace gradwire::network {

/// What the hosts and the links that take part have used.
struct Energy {
  Joules hosts;
  Joules links;
};

/// Measures energy with SimGrid's own plugins: a host takes its idle watts and, in proportion to
/// its load, what busy takes more; a link likewise in proportion to the bandwidth in use. (SimGrid
/// takes a message's latency for time at full bandwidth.)
class EnergyMeter {
 public:
  /// To be made before the platform is built.
  explicit EnergyMeter(Simulation& simulation);

  /// Counts the platform's server and workers and the links of `routes` from now on. Throws
  /// InputError where one of them does not say its watts as SimGrid reads them.
  void count(const Platform& platform, const Routes& routes);

  /// From the beginning until now.
  [[nodiscard]] Energy read() const;

 private:
  std::vector<Host> hosts_;                 ///< each once
  std::vector<simgrid::s4u::Link*> links_;  ///< each once
};

}  // namespace gradwire::network
