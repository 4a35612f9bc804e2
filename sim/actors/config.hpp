#pragma once

#include <string>

#include "sim/core/units.hpp"

namespace gradwire::actors {

/// Object "protocol".
struct ProtocolConfig {
  std::string uplink = "sequential";  ///< sequential: the server receives in worker order, one
                                      ///< upload at a time | concurrent: all at once
  std::string server = "dedicated";   ///< dedicated | worker0: on the host of worker 0, whose
                                      ///< messages then cross no link
  int skip_flag_bytes = 1;            ///< what a worker sends instead of an upload
  friend bool operator==(const ProtocolConfig&, const ProtocolConfig&) = default;
};

/// Object "compute": what a gradient costs in simulated time.
struct ComputeConfig {
  Seconds seconds_per_gradient{0.0125};  ///< of one minibatch, on a host of the speed below
  FlopsPerSecond reference_speed{1e9};
  friend bool operator==(const ComputeConfig&, const ComputeConfig&) = default;
};

}  // namespace gradwire::actors
