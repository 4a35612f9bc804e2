#pragma once

#include <functional>

#include "sim/actors/protocol_config.hpp"
#include "sim/actors/iterations.hpp"
#include "sim/actors/load.hpp"
#include "sim/actors/timing.hpp"
#include "sim/core/record.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::actors {

/// Told of each finished iteration, outside simulated time; false ends the run.
using OnIteration = std::function<bool(const IterationRecord&)>;

/// The synchronous parameter server. In each iteration the server sends its model to all workers
/// (ProtocolConfig::broadcast); each computes when it has it; uploads come back one after the other
/// in the order of the workers, or all at once (ProtocolConfig::uplink).
struct ParameterServer {
  ProtocolConfig protocol;
  Weighing weighing;
  /// Whether an iteration whose load was seen before is taken from memory (Repetition) instead of
  /// being simulated again; never where the platform varies in time.
  bool remembers = true;

  /// Runs `simulation` to its end; the books of all iterations.
  Books run(network::Simulation& simulation, const network::Platform& platform,
            Iterations& iterations, const OnIteration& on_iteration) const;
};

}  // namespace gradwire::actors
