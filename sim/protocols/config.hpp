#pragma once

#include <optional>
#include <string>

#include "sim/core/units.hpp"

namespace gradwire::protocols {

/// Object "protocol".
struct ProtocolConfig {
  std::string uplink = "sequential";  ///< sequential: the server receives one upload at a time, in
                                      ///< the order of the workers | concurrent: all at once
  std::string server = "dedicated";   ///< dedicated | worker0: on the host of worker 0, whose
                                      ///< messages then cross no link
  int skip_flag_bytes = 1;            ///< sent instead of an upload by a worker that skips
  std::string broadcast = "star";     ///< star: the server sends to all workers at once | binomial:
                                      ///< along a tree, workers forward it | none: free, not
                                      ///< simulated
  std::string on_failure = "stop";    ///< of a worker's host. stop: the run fails | wait: until the
                                      ///< host returns, then the worker receives the model again |
                                      ///< go_on: without the worker, also if it is late
  std::optional<Seconds> timeout;     ///< go_on: how long the server waits for an upload
  friend bool operator==(const ProtocolConfig&, const ProtocolConfig&) = default;
};

}  // namespace gradwire::protocols
