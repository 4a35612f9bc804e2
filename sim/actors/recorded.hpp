#pragma once

#include "sim/actors/iterations.hpp"
#include "sim/core/trace.hpp"

namespace gradwire::actors {

/// Iterations that were learned before: nothing is computed.
class Recorded : public Iterations {
 public:
  /// `trace` must outlive it.
  explicit Recorded(TraceReader& trace) : trace_(trace) {}

  using Iterations::next;
  const IterationWork& next(const Missed& /*absent*/) override { return *(work_ = &trace_.next()); }
  using Iterations::finish;
  void finish(const Missed& /*missed*/) override {}
  /// The newest.
  [[nodiscard]] const IterationWork& work() const { return *work_; }

 private:
  TraceReader& trace_;
  const IterationWork* work_ = nullptr;
};

}  // namespace gradwire::actors
