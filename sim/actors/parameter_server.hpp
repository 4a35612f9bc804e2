#pragma once

#include <functional>

#include "sim/actors/config.hpp"
#include "sim/actors/iterations.hpp"
#include "sim/core/record.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::actors {

/// Told of each finished iteration, outside simulated time; false ends the run.
using OnIteration = std::function<bool(const IterationRecord&)>;

/// What all channels of a run were given, to hold against the algorithms' and SimGrid's own books.
struct ChannelTotals {
  Bytes uplink;
  Bytes downlink;
};

/// The synchronous parameter server. In each iteration the server sends its model to all workers at
/// once; each computes when it has it; uploads come back one after the other in the order of the
/// workers, or all at once (ProtocolConfig::uplink). Runs `simulation` to its end.
ChannelTotals run_parameter_server(network::Simulation& simulation,
                                   const network::Platform& platform,
                                   const ProtocolConfig& protocol, const ComputeConfig& compute,
                                   Iterations& iterations, const OnIteration& on_iteration);

}  // namespace gradwire::actors
