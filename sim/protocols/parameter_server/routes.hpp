#pragma once

#include "sim/network/contention.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/config.hpp"

namespace gradwire::protocols {

/// From each worker to the server, or to each of its shards.
[[nodiscard]] network::Routes uploads_of(const network::Platform& platform);

/// Routes of the model's messages under ProtocolConfig::broadcast; empty if the broadcast is free.
[[nodiscard]] network::Routes downloads_of(const network::Platform& platform,
                                           BroadcastKind broadcast);

}  // namespace gradwire::protocols
