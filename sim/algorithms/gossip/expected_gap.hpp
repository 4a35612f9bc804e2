#pragma once

#include <optional>

#include "sim/algorithms/gossip/mixing_schedule.hpp"

namespace gradwire::algorithms {

/// 1 - sqrt(lambda_2(E[W^T W])), of symmetric matrices that are drawn for each iteration: in
/// expectation, the squared distance to consensus falls at least by the factor (1 - gap)^2 an
/// iteration (Boyd, Ghosh, Prabhakar, Shah 2006). Of a fixed matrix this is 1 - |lambda_2(W)|. The
/// expectation is the mean over the first 10,000 iterations, or, of large graphs, over fewer (at
/// least 10); the estimate tends to be too small, as the largest of random numbers is too large.
/// nullopt for more than most_nodes_with_spectrum nodes.
[[nodiscard]] std::optional<double> expected_gap(const MixingSchedule& schedule);

}  // namespace gradwire::algorithms
