#pragma once

#include "sim/core/iteration_work.hpp"

namespace gradwire {

/// Source of the iterations of a synchronous method. The protocol requests them in order; whether
/// they are computed or read from a trace does not matter to it.
class IterationSource {
 public:
  virtual ~IterationSource() = default;

  /// The encodings under which the messages' sizes are known.
  [[nodiscard]] virtual const EncodingNames& encodings() const = 0;
  /// The work of all workers in the next iteration; valid until the next call. Workers in `absent`
  /// skip the iteration and compute nothing.
  virtual const IterationWork& next(const Dropped& absent) = 0;
  const IterationWork& next() { return next({}); }
  /// Completes the iteration: no further upload arrives, and the server may step without those of
  /// the dropped workers in `missed`, which include all absent ones.
  virtual void finish(const Dropped& dropped) = 0;
  void finish() { finish({}); }
  /// After finish(): whether the newest iteration is known to be the last. Only patterns whose
  /// nodes run ahead of each other ask; others learn it when they report the iteration.
  [[nodiscard]] virtual bool ended() const { return false; }
};

}  // namespace gradwire
