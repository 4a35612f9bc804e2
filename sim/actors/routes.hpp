#pragma once

#include <string>

#include "sim/network/contention.hpp"
#include "sim/network/platform.hpp"

namespace gradwire::actors {

/// [M], from each worker to the server.
[[nodiscard]] network::Routes uploads_of(const network::Platform& platform);

/// Of the model's messages under a broadcast (ProtocolConfig::broadcast); empty where it is free.
[[nodiscard]] network::Routes downloads_of(const network::Platform& platform,
                                           const std::string& broadcast);

}  // namespace gradwire::actors
