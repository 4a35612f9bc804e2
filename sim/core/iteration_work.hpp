#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire {

/// [M] true where the iteration completed without that worker's upload. Empty: none.
using Dropped = std::vector<bool>;

[[nodiscard]] inline bool is_dropped(const Dropped& dropped, std::size_t worker) {
  return !dropped.empty() && dropped[worker];
}

/// Number of codings for the positions of sparse values: algorithms::IndexCoding, in its order.
inline constexpr std::size_t index_codings = 7;

/// One worker's part of an iteration, as far as time and bytes depend on it. A worker that is
/// absent computes no gradient and counts as skipping.
struct WorkerWork {
  int gradients = 1;            ///< evaluated on the minibatch for the update itself
  int auxiliary_gradients = 0;  ///< evaluated only for the send rule
  bool skipped = false;         ///< the members below are 0 then
  std::int64_t values = 0;      ///< number of values sent
  Bits payload;                 ///< 32 bits per value sent: the papers' convention
  /// Size of the upload under each index coding, without header.
  std::array<Bits, index_codings> encoded{};
  friend bool operator==(const WorkerWork&, const WorkerWork&) = default;
};

/// One iteration of a synchronous method: all that the network, the clock and the results depend
/// on. Computed by training and stored in the trace.
struct IterationWork {
  Bytes model;                      ///< sent to each worker, without header
  std::vector<WorkerWork> workers;  ///< [M]
  BatchStatistics train;            ///< of its minibatches, added in the order of the workers
  std::optional<Evaluation> test;   ///< of the model after the iteration, if evaluated
};

}  // namespace gradwire
