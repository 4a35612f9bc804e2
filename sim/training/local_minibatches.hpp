#pragma once

#include <memory>
#include <optional>

#include "sim/algorithms/local_steps/minibatch_source.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"
#include "sim/training/timed_oracle.hpp"

namespace gradwire::training {

/// The minibatches of a worker's local steps, in order, and the sums over them.
class LocalMinibatches final : public algorithms::MinibatchSource {
 public:
  /// `problem` must outlive this object. range: of the first minibatch.
  LocalMinibatches(Problem& problem, int worker, const BatchRange& range)
      : problem_(problem), worker_(worker), range_(range) {}

  GradientOracle& next(const Model& own) override {
    close();
    minibatch_ = problem_.minibatch(worker_, range_, own);
    range_ = range_.after(1);
    return oracle_.emplace(*minibatch_);
  }
  /// The last minibatch is complete.
  void close() {
    if (!minibatch_) return;
    statistics_ += minibatch_->statistics();
    elapsed_ += oracle_->elapsed();
    oracle_.reset();
    minibatch_.reset();
  }
  [[nodiscard]] const BatchStatistics& statistics() const { return statistics_; }
  [[nodiscard]] Seconds elapsed() const { return elapsed_; }

 private:
  Problem& problem_;
  int worker_;
  BatchRange range_;
  std::unique_ptr<Minibatch> minibatch_;
  std::optional<TimedOracle> oracle_;
  BatchStatistics statistics_;
  Seconds elapsed_;
};

}  // namespace gradwire::training
