#pragma once

#include "sim/actors/learner.hpp"
#include "sim/actors/recorded.hpp"

namespace gradwire::actors {

/// A run that goes on from a checkpoint: its first iterations as they were recorded, so that clock,
/// network and results come to stand where they stood, then the learner's.
class Continued : public Iterations {
 public:
  /// `past` may be null: a run from its beginning. Both must outlive it; the learner stands behind
  /// the last recorded iteration.
  Continued(TraceReader* past, Learner& learner) : past_(past), learner_(learner) {}

  /// Of what was recorded, the same workers are absent and missed again: the same load goes through
  /// the same network.
  const IterationWork& next(const Missed& absent) override {
    replaying_ = past_ != nullptr && !past_->at_end();
    return *(work_ = replaying_ ? &past_->next() : &learner_.next(absent));
  }
  using Iterations::next;
  void finish(const Missed& missed) override {
    if (!replaying_) learner_.finish(missed);
  }
  using Iterations::finish;

  /// Of the newest iteration.
  [[nodiscard]] const IterationWork& work() const { return *work_; }
  /// Whether the newest iteration was recorded.
  [[nodiscard]] bool replaying() const { return replaying_; }

 private:
  TraceReader* past_;
  Learner& learner_;
  bool replaying_ = false;
  const IterationWork* work_ = nullptr;
};

}  // namespace gradwire::actors
