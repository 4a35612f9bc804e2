#pragma once

#include "sim/core/work.hpp"

namespace gradwire::actors {

/// Where the iterations of a synchronous method come from. The protocol asks for each in turn and
/// does not care whether somebody learns behind it.
class Iterations {
 public:
  virtual ~Iterations() = default;

  /// What everybody does in the next iteration; valid until the next call.
  virtual const IterationWork& next() = 0;
  /// All uploads have arrived: the server may step.
  virtual void finish() = 0;
};

}  // namespace gradwire::actors
