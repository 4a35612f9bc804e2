#pragma once

#include "sim/core/units.hpp"

namespace gradwire::actors {

/// What all channels of a run were given, and what SimGrid's network model carried to its end: to
/// hold against the algorithms' own book.
struct Books {
  Bytes uplink;    ///< given to channels
  Bytes downlink;  ///< likewise
  Bytes carried;   ///< by SimGrid
  Books& operator+=(const Books& other) {
    uplink += other.uplink;
    downlink += other.downlink;
    carried += other.carried;
    return *this;
  }
  friend Books operator-(const Books& a, const Books& b) {
    return {a.uplink - b.uplink, a.downlink - b.downlink, a.carried - b.carried};
  }
};

}  // namespace gradwire::actors
