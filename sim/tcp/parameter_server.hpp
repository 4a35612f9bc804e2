#pragma once

#include "sim/actors/protocol_config.hpp"
#include "sim/actors/iterations.hpp"
#include "sim/actors/load.hpp"
#include "sim/actors/parameter_server.hpp"
#include "sim/actors/timing.hpp"
#include "sim/tcp/party.hpp"
#include "sim/tcp/rounds.hpp"

namespace gradwire::tcp {

/// The synchronous parameter server of actors::ParameterServer, between real hosts: what it tells
/// of each iteration is measured.
struct ParameterServer {
  actors::ProtocolConfig protocol;
  actors::Weighing weighing;
  Speeds speeds;
  bool computes = true;  ///< else nobody takes time for it, the server included

  /// Until `on_iteration` has had enough; the books of all iterations.
  actors::Books run(Party& party, actors::Iterations& iterations,
                    const actors::OnIteration& on_iteration) const;
};

}  // namespace gradwire::tcp
