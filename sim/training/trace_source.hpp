#pragma once

#include "sim/core/iteration_source.hpp"
#include "sim/trace/trace.hpp"

namespace gradwire::training {

/// Iterations read from a trace; nothing is computed.
class TraceSource : public IterationSource {
 public:
  /// `trace` must outlive this object.
  explicit TraceSource(TraceReader& trace) : trace_(trace) {}

  [[nodiscard]] const EncodingNames& encodings() const override {
    return trace_.header().encodings;
  }
  using IterationSource::next;
  const IterationWork& next(const Dropped& /*absent*/) override {
    return *(work_ = &trace_.next());
  }
  using IterationSource::finish;
  void finish(const Dropped& /*missed*/) override {}
  /// The newest iteration.
  [[nodiscard]] const IterationWork& work() const { return *work_; }

 private:
  TraceReader& trace_;
  const IterationWork* work_ = nullptr;
};

}  // namespace gradwire::training
