#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "sim/core/iteration_source.hpp"

namespace gradwire::training {

/// Reports each iteration as soon as it is learned, which may be before others are simulated, and
/// knows the last.
class LearnedSource final : public IterationSource {
 public:
  /// Called after finish(), with the iteration's number, from 1; returns false if it is the last.
  using OnLearned = std::function<bool(std::int64_t iteration)>;
  /// `inner` must outlive this object.
  LearnedSource(IterationSource& inner, OnLearned on_learned)
      : inner_(inner), on_learned_(std::move(on_learned)) {}

  [[nodiscard]] const EncodingNames& encodings() const override { return inner_.encodings(); }
  const IterationWork& next(const Dropped& absent) override { return inner_.next(absent); }
  using IterationSource::next;
  void finish(const Dropped& dropped) override {
    inner_.finish(dropped);
    ended_ = !on_learned_(++iteration_);
  }
  using IterationSource::finish;
  [[nodiscard]] bool ended() const override { return ended_; }

 private:
  IterationSource& inner_;
  OnLearned on_learned_;
  std::int64_t iteration_ = 0;
  bool ended_ = false;
};

}  // namespace gradwire::training
