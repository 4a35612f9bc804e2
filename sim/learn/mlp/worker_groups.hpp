#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/model.hpp"
#include "sim/learn/mlp/shared_state.hpp"

namespace gradwire::learn {

/// Whether a model's packed weights serve further passes than the one of a group, so that they are
/// kept (PackedParameterCache), or are made on the way.
enum class ModelUse { shared, once };

/// Minibatches of several workers that share one pass at a common model, so that its weights are
/// read once for all of them. Results do not depend on the grouping: those of a sample are bitwise
/// the same in every group.
class WorkerGroup {
 public:
  WorkerGroup(MlpSharedState& shared, Model theta, ModelUse use)
      : shared_(shared), theta_(std::move(theta)), use_(use) {}

  /// Adds a worker with its samples, as many as every other's, and returns their rows in the pass.
  /// Not thread-safe; only before the pass is prepared.
  Rows join(std::span<const std::uint32_t> samples);

  /// Computes the pass unless it is done or another thread is computing it; returns whether it did.
  /// When it throws, the pass can be tried again.
  bool try_prepare();
  [[nodiscard]] bool ready() const { return state_.load(std::memory_order_acquire) == State::done; }
  /// Blocks until the thread that computes the pass has finished or failed.
  void wait() const { state_.wait(State::running, std::memory_order_acquire); }

  /// Called when one of its workers has finished; after the last, the next group reuses the buffers
  /// while they are in the cache.
  void leave();

  [[nodiscard]] const Model& theta() const { return theta_; }
  [[nodiscard]] int workers() const { return active_; }
  /// Samples of each worker; 0 before the first joins.
  [[nodiscard]] std::size_t batch_size() const { return batch_size_; }

  // Valid when ready() and until all workers have left: rows of all workers of the group.
  [[nodiscard]] const Pass<float>& pass() const { return *pass_; }
  [[nodiscard]] std::span<const Label> labels() const { return labels_; }

 private:
  enum class State { idle, running, done };
  void prepare();

  MlpSharedState& shared_;
  Model theta_;
  ModelUse use_;
  std::vector<std::uint32_t> samples_;
  std::size_t batch_size_ = 0;  ///< samples of each worker
  std::vector<Label> labels_;
  Pool<Vector>::Lease inputs_;
  Pool<Pass<float>>::Lease pass_;
  std::atomic<State> state_{State::idle};
  std::atomic<int> active_{0};  ///< workers that have not left
};

/// A worker's rows in a group.
struct GroupRows {
  WorkerGroup* group = nullptr;
  Rows rows;
};

/// The groups of one iteration, or of one worker's minibatch.
class WorkerGroups {
 public:
  WorkerGroups(std::shared_ptr<MlpSharedState> shared, ModelUse use)
      : shared_(std::move(shared)), use_(use) {}

  /// Adds the worker with its samples to an open group at `theta`, or to a new one. Not
  /// thread-safe; called in the order of the workers for each theta, before any pass is prepared.
  GroupRows join(int worker, const Model& theta, std::span<const std::uint32_t> samples);
  /// Returns the group with its pass computed. While another thread computes it, the calling thread
  /// computes passes that no thread has started instead of waiting.
  const WorkerGroup& prepared(WorkerGroup& group);

  [[nodiscard]] MlpSharedState& shared() const { return *shared_; }

 private:
  /// A group that accepts workers until it is full or a worker is too far from its first.
  struct Open {
    WorkerGroup* group;
    int first_worker;
  };

  std::shared_ptr<MlpSharedState> shared_;
  ModelUse use_;
  std::vector<Open> open_;
  std::vector<std::unique_ptr<WorkerGroup>> groups_;
};

/// Number of workers whose minibatches share a pass: at most 5, and at most 50 samples unless one
/// minibatch has more.
[[nodiscard]] int workers_per_group(std::size_t batch_size);

}  // namespace gradwire::learn
