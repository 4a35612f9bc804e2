#pragma once

#include "sim/core/problem.hpp"

namespace gradwire::learn {

/// The general way to ||g(a) - g(b)||^2, for models that know none cheaper: two gradients and a
/// subtraction. g(a) comes last, so an oracle that remembers its last gradient has that at hand.
[[nodiscard]] double squared_distance_of_gradients(GradientOracle& oracle, const Model& a,
                                                   const Model& b);

}  // namespace gradwire::learn
