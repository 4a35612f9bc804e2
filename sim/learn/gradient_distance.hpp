#pragma once

#include "sim/core/problem.hpp"

namespace gradwire::learn {

/// ||g(a) - g(b)||^2 from the two full gradients, for models without a cheaper formula. g(a) is
/// computed last, so that an oracle that caches its last gradient still holds it.
[[nodiscard]] double squared_distance_of_gradients(GradientOracle& oracle, const Model& a,
                                                   const Model& b);

}  // namespace gradwire::learn
