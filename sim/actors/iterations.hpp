#pragma once

#include "sim/core/work.hpp"

namespace gradwire::actors {

/// Where the iterations of a synchronous method come from. The protocol asks for each in turn and
/// does not care whether somebody learns behind it.
class Iterations {
 public:
  virtual ~Iterations() = default;

  /// What everybody does in the next iteration; valid until the next call. Who is `absent` sits it
  /// out and computes nothing.
  virtual const IterationWork& next(const Missed& absent) = 0;
  const IterationWork& next() { return next({}); }
  /// All uploads have arrived that ever will: the server may step without those of `missed`, among
  /// them all who were absent.
  virtual void finish(const Missed& missed) = 0;
  void finish() { finish({}); }
};

}  // namespace gradwire::actors
