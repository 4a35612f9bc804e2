#pragma once

#include "sim/actors/iterations.hpp"
#include "sim/core/trace.hpp"

namespace gradwire::actors {

/// Iterations that were learned before: nothing is computed.
class Recorded : public Iterations {
 public:
  /// `trace` must outlive it.
  explicit Recorded(TraceReader& trace) : trace_(trace) {}

  const IterationWork& next() override { return *(work_ = &trace_.next()); }
  void finish() override {}
  /// The newest.
  [[nodiscard]] const IterationWork& work() const { return *work_; }

 private:
  TraceReader& trace_;
  const IterationWork* work_ = nullptr;
};

}  // namespace gradwire::actors
