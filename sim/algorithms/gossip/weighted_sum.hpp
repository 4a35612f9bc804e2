#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/messages/message.hpp"

namespace gradwire::algorithms {

/// A vector and its factor in a sum.
struct Weighted {
  float weight = 0;
  std::span<const float> vector;  ///< [d]
};

/// out <- sum of weight times vector, in their order; each product and each sum rounded. Of at
/// least one vector; out may be the first.
void weighted_sum(std::span<const Weighted> vectors, std::span<float> out);

/// Row `node` of W, and the vectors of it and of its neighbours.
[[nodiscard]] std::vector<Weighted> row_of(
    const MixingMatrix& mixing, int node,
    const std::function<std::span<const float>(int node)>& vector_of);

/// y <- y + weight message, rounded after the product and after the sum. `scratch` may be used for
/// the message's values.   y: [d]
void add_weighted(float weight, const Message& message, std::span<float> y, Vector& scratch);

}  // namespace gradwire::algorithms
