#pragma once

#include "sim/core/units.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::network {

/// What all hosts and all links of the platform have used.
struct Energy {
  Joules hosts;
  Joules links;
};

/// Measures energy with SimGrid's own plugins: a host takes its idle watts and, in proportion to
/// its load, what busy takes more; a link likewise in proportion to the bandwidth in use.
class EnergyMeter {
 public:
  /// To be made before the platform is built.
  explicit EnergyMeter(Simulation& simulation);

  /// Throws InputError where a host does not say its watts: SimGrid would end the process.
  static void require_watts(const Platform& platform);

  /// From the beginning until now.
  [[nodiscard]] Energy read() const;
};

}  // namespace gradwire::network
