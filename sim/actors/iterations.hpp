#pragma once

#include <cstdint>
#include <vector>

#include "sim/actors/task_pool.hpp"
#include "sim/algorithms/message.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::actors {

/// A worker's part of an iteration: what it says, and all that the network needs to know of it.
struct Upload {
  algorithms::Message message;  ///< for the server's arithmetic
  bool skipped = false;
  Bits payload;
  Bytes wire;             ///< encoded, headers included; the flag's bytes when skipped
  BatchStatistics batch;  ///< at the server's model
};

/// How many minibatch gradients a worker's next step stands for.
struct GradientCount {
  int main = 1;
  int auxiliary = 0;  ///< asked for by the send rule alone
};

/// Where the iterations of a synchronous method come from. The protocol asks for each in turn and
/// does not care whether somebody learns behind it.
class Iterations {
 public:
  virtual ~Iterations() = default;

  /// Opens the next iteration; how many bytes each worker must be told.
  virtual Bytes begin() = 0;
  [[nodiscard]] virtual GradientCount gradients(int worker) const = 0;
  /// Starts the worker's step of the open iteration.
  virtual TaskPool::Pending<Upload> start(int worker) = 0;
  /// Closes the iteration with everybody's upload, [M], in the order of the workers.
  virtual void finish(std::vector<Upload> uploads) = 0;
};

}  // namespace gradwire::actors
