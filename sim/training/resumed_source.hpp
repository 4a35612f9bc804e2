#pragma once

#include "sim/training/trace_source.hpp"
#include "sim/training/trainer.hpp"

namespace gradwire::training {

/// A resumed run: replays the trace up to the checkpoint to restore clock, network and results,
/// then continues with the trainer.
class ResumedSource : public IterationSource {
 public:
  /// `past` is the trace up to the checkpoint, or null for a run from its beginning. Both must
  /// outlive this object. Precondition: the trainer's state is that after the last iteration of
  /// `past`.
  ResumedSource(TraceReader* past, Trainer& trainer) : past_(past), learner_(trainer) {}

  [[nodiscard]] const EncodingNames& encodings() const override { return learner_.encodings(); }
  /// While replaying, `absent` and `missed` are ignored: the same load on the same network gives
  /// the same absent and dropped workers again.
  const IterationWork& next(const Dropped& absent) override {
    replaying_ = past_ != nullptr && !past_->at_end();
    return *(work_ = replaying_ ? &past_->next() : &learner_.next(absent));
  }
  using IterationSource::next;
  void finish(const Dropped& dropped) override {
    if (!replaying_) learner_.finish(dropped);
  }
  using IterationSource::finish;

  /// The newest iteration.
  [[nodiscard]] const IterationWork& work() const { return *work_; }
  /// Whether the newest iteration was read from the trace.
  [[nodiscard]] bool replaying() const { return replaying_; }

 private:
  TraceReader* past_;
  Trainer& learner_;
  bool replaying_ = false;
  const IterationWork* work_ = nullptr;
};

}  // namespace gradwire::training
