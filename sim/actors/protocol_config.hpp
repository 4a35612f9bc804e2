#pragma once

#include <optional>
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
  std::string broadcast = "star";     ///< star: the server sends to everybody at once | binomial:
                                      ///< along a tree, workers pass it on | none: not charged
  std::string on_failure = "stop";    ///< of a worker's host. stop: the run fails | wait: until the
                                      ///< host returns; then it gets the model again | go_on:
                                      ///< without the worker, and also when it is late
  std::optional<Seconds> timeout;     ///< go_on: how long the server waits for an upload
  friend bool operator==(const ProtocolConfig&, const ProtocolConfig&) = default;
};

}  // namespace gradwire::actors
