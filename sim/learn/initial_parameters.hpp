#pragma once

#include <functional>

#include "sim/core/layout.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/config.hpp"

namespace gradwire::learn {

/// theta^0 as the setting gives it, [d]; `drawn` gives the default. Throws InputError naming the
/// file, unless that has one array of single precision's range and the right shape for each
/// parameter, and no other.
[[nodiscard]] Vector initial_parameters(const InitialConfig& initial, const Layout& layout,
                                        const std::function<Vector()>& drawn);

}  // namespace gradwire::learn
