#pragma once

#include "sim/algorithms/messages/message.hpp"
#include "sim/core/stretch.hpp"

namespace gradwire::algorithms {

/// The entries of a stretch as a message of a vector of that length: what the shard of a server
/// that holds it receives (D62). A bucket that reaches over a border becomes one at either side, of
/// the same scale. Throws std::logic_error for a LowRank, whose factors are of whole tensors.
[[nodiscard]] Message slice(const Message& message, const Stretch& stretch);

}  // namespace gradwire::algorithms
