#pragma once

#include <string>

#include "sim/network/contention.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::protocols {

/// [M], from each worker to the server.
[[nodiscard]] network::Routes uploads_of(const network::Platform& platform);

/// Routes of the model's messages under ProtocolConfig::broadcast; empty if the broadcast is free.
[[nodiscard]] network::Routes downloads_of(const network::Platform& platform,
                                           const std::string& broadcast);

}  // namespace gradwire::protocols
