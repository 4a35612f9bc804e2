#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire {

/// [M], a flag a worker: whom the server went on without. Empty: nobody.
using Missed = std::vector<bool>;

[[nodiscard]] inline bool is_missed(const Missed& missed, std::size_t worker) {
  return !missed.empty() && missed[worker];
}

/// Ways to write down the positions of sparse values: algorithms::IndexCoding, in its order.
inline constexpr std::size_t index_codings = 7;

/// One worker's part of an iteration, as far as time and bytes depend on it. One that sits the
/// iteration out computes no gradient and counts as skipping.
struct WorkerWork {
  int gradients = 1;            ///< of the minibatch, for the update itself
  int auxiliary_gradients = 0;  ///< asked for by the send rule alone
  bool skipped = false;         ///< the rest is 0 then
  std::int64_t values = 0;      ///< sent
  Bits payload;                 ///< 32 bits a value sent: the papers' convention
  /// The upload under each index coding, without header.
  std::array<Bits, index_codings> encoded{};
  friend bool operator==(const WorkerWork&, const WorkerWork&) = default;
};

/// One iteration of a synchronous method: all that the network, the clock and the results need to
/// know of it. Learning makes these values; a trace keeps them.
struct IterationWork {
  Bytes model;                      ///< to each worker, without header
  std::vector<WorkerWork> workers;  ///< [M]
  BatchStatistics train;            ///< of the minibatches behind it, added in the order of workers
  std::optional<Evaluation> test;   ///< of the model after the iteration, where it was evaluated
};

}  // namespace gradwire
