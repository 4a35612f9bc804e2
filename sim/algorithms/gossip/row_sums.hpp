#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/kernels/weighted_sum.hpp"

namespace gradwire::algorithms {

/// Row `node` of W, and the vectors of it and of its neighbours.
[[nodiscard]] std::vector<Weighted> row_of(
    const MixingMatrix& mixing, int node,
    const std::function<std::span<const float>(int node)>& vector_of);

/// A message and its factor in a sum; the message must outlive it.
struct WeightedMessage {
  float weight = 0;
  const Message* message = nullptr;
};
/// y <- y + sum of weight times message, in their order; each product and each sum rounded.   y:
/// [d]
void add_weighted(std::span<const WeightedMessage> messages, std::span<float> y);

/// The messages that a node mixes, with `factor` times the entries of row `node` of W - I.
[[nodiscard]] std::vector<WeightedMessage> pulls_of(const MixingMatrix& mixing, int node,
                                                    std::span<const Message> messages,
                                                    float factor = 1);

}  // namespace gradwire::algorithms
