#pragma once

#include "sim/core/units.hpp"

namespace gradwire::cost {

/// Bytes given to all channels of a run, and bytes that SimGrid's network model delivered: compared
/// with the algorithms' own count.
struct ByteLedger {
  Bytes uplink;    ///< sum over channels
  Bytes downlink;  ///< sum over channels
  Bytes carried;   ///< delivered by SimGrid
  ByteLedger& operator+=(const ByteLedger& other) {
    uplink += other.uplink;
    downlink += other.downlink;
    carried += other.carried;
    return *this;
  }
  friend ByteLedger operator-(const ByteLedger& a, const ByteLedger& b) {
    return {a.uplink - b.uplink, a.downlink - b.downlink, a.carried - b.carried};
  }
};

}  // namespace gradwire::cost
