#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// Converts iterations to epochs, which count samples (D51): an iteration in which a share C of the
/// workers compute H minibatches each counts as H C iterations with one minibatch of every worker;
/// with E local epochs, as E C epochs. Where a learning rate's first decay makes H larger than 1,
/// iterations before it count less.
class EpochClock {
 public:
  /// In each iteration, every worker computes one minibatch. per_epoch:
  /// Problem::iterations_per_epoch().
  EpochClock(std::int64_t per_epoch) : early_{1, per_epoch}, later_(early_) {}
  EpochClock(const Scenario& scenario, std::int64_t per_epoch);

  /// Epochs of training data in the first `iterations` iterations; also of negative numbers.
  [[nodiscard]] double epochs(std::int64_t iterations) const;
  /// Iterations from the beginning in which so many epochs pass, not rounded.
  [[nodiscard]] double iterations(double epochs) const;
  /// Whether the iteration, counted from 1, completes an epoch.
  [[nodiscard]] bool ends_epoch(std::int64_t iteration) const;
  /// Whether an iteration with local steps is as long as an epoch.
  [[nodiscard]] bool spans_epochs() const {
    return is_local_ && later_.minibatches >= later_.per_epoch;
  }
  /// The first iteration, counted from 0, with several local steps.
  [[nodiscard]] std::int64_t local_from() const { return local_from_; }

 private:
  /// The progress of an iteration: minibatches / per_epoch epochs, in lowest terms.
  struct Progress {
    std::int64_t minibatches = 1;
    std::int64_t per_epoch = 1;
  };
  static Progress reduced(std::int64_t minibatches, std::int64_t per_epoch);

  bool is_local_ = false;
  Progress early_;  ///< before local_from_
  Progress later_;
  std::int64_t local_from_ = 0;
};

/// Note for readers of a run whose workers make one step between exchanges throughout, since local
/// steps begin where the learning rate first falls, and it never does in steps; else empty.
[[nodiscard]] std::string note_on_local_steps(const Scenario& scenario);

}  // namespace gradwire::scenario
