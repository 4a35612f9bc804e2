#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "sim/kernels/vector.hpp"

namespace gradwire::learn {

/// Means and unbiased variances of a minibatch in all batch-norm layers, [channels] each. A
/// scripted module's buffers stand in the means, and there are no variances (scripted_net.hpp).
struct NormSample {
  Vector means;
  Vector variances;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(means, variances);
  }
};

/// How a minibatch moves the running statistics, entry by entry:
///   running <- weight * sample + decay * running
struct NormUpdate {
  float weight = 0.1F;  ///< PyTorch's default momentum
  /// One per entry of the means, if the model says its own; empty: 1 - weight everywhere.
  Vector decay = {};
};

/// Running statistics of batch norm, used in evaluation: not parameters, hence in no message.
/// Either one set that every worker's minibatch updates, in the order of the workers, as in the
/// SASG authors' notebooks, where one model runs all workers' passes; or one set per worker, never
/// averaged, as in their distributed code.
class NormStatistics {
 public:
  NormStatistics(const NormSample& initial, NormUpdate update, int workers, bool per_worker);

  /// Moves the worker's statistics.
  void observe(int worker, const NormSample& batch);
  /// Becomes the mean of these, of which there is at least one. Precondition: all are shared.
  void set_mean(std::span<const NormStatistics> of);
  /// Statistics for evaluating the worker's replica; the same for all workers if shared.
  [[nodiscard]] const NormSample& of(int worker) const;
  [[nodiscard]] bool per_worker() const { return running_.size() > 1; }

  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(running_);
  }

 private:
  NormUpdate update_;
  std::vector<NormSample> running_;  ///< one, or [workers]
};

/// Statistics of minibatches at the workers' own models, to be applied once these are complete, so
/// that the running statistics do not depend on the order of evaluation. Thread-safe.
class PendingNorms {
 public:
  explicit PendingNorms(int workers) : of_worker_(static_cast<std::size_t>(workers)) {}

  /// The place to which the worker's pass in `step` writes.
  [[nodiscard]] std::shared_ptr<NormSample> add(int worker, std::int64_t step);
  /// Applies those of the worker's steps before `end`, in the order of the steps, and forgets them.
  /// Without effect for a minibatch that was not evaluated at its own model. Precondition: none of
  /// them is being written.
  void apply(int worker, std::int64_t end, NormStatistics& running);
  /// Forgets the worker's.
  void forget(int worker) { of_worker_.at(static_cast<std::size_t>(worker)).clear(); }

  /// For checkpoints (core/archive.hpp). Precondition: none is being written.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(of_worker_);
  }

 private:
  struct Pending {
    std::int64_t step = 0;
    std::shared_ptr<NormSample> sample;  ///< empty until written
    template <class Archive>
    void serialize(Archive& archive) {
      archive(step, sample);
    }
  };
  std::mutex mutex_;  ///< guards the one below, but not the samples
  std::vector<std::vector<Pending>> of_worker_;
};

}  // namespace gradwire::learn
