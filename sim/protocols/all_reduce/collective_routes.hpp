#pragma once

#include "sim/network/contention.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/protocols/config.hpp"

namespace gradwire::protocols {

/// The routes of all messages of the collectives among the platform's workers, each once.
[[nodiscard]] network::Routes collective_routes(const network::Platform& platform,
                                                const CollectiveConfig& config);

}  // namespace gradwire::protocols
