#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/dataset.hpp"
#include "sim/learn/mlp.hpp"
#include "sim/learn/packed_models.hpp"
#include "sim/learn/partition.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// What the iterations of one problem share. Everything in it may be used from any thread.
struct MlpWorkshop {
  /// `dealt`: the workers' shards, [workers, shard size].
  MlpWorkshop(Dataset dataset, std::vector<std::uint32_t> dealt, const ModelConfig& model,
              int workers, int batch_size, const Draws& draws);

  const Dataset data;
  const Mlp net;
  const Partition partition;
  PackedModels packed{net};
  Pool<Pass<float>> passes;
  Pool<Vector> inputs;
  Pool<Vector> gradients;                  ///< [d]
  std::atomic<std::int64_t> forwarded{0};  ///< training samples sent through the net so far
};

/// The minibatches of some workers, sent through the net together at a model all of them ask about,
/// which reads its weights once for all of them. The numbers do not depend on who goes together: a
/// sample's results are the same to the bit in any company.
class WorkerGroup {
 public:
  WorkerGroup(MlpWorkshop& workshop, Model theta) : workshop_(workshop), theta_(std::move(theta)) {}

  /// Lets one more in, with its samples; before anybody asks. Where they are in the pass.
  Rows join(std::span<const std::uint32_t> samples);

  /// Does the work unless it is done or another thread is at it; whether it did.
  bool try_prepare();
  [[nodiscard]] bool ready() const { return state_.load(std::memory_order_acquire) == State::done; }
  /// Until the thread that is at it has finished, or failed.
  void wait() const { state_.wait(State::running, std::memory_order_acquire); }

  /// One of its workers is done; when all are, the memory goes to the next group, while it is
  /// warm.
  void leave();

  [[nodiscard]] const Model& theta() const { return theta_; }
  [[nodiscard]] int workers() const { return present_; }

  // When ready, until all have left: rows of all workers of the group.
  [[nodiscard]] const Pass<float>& pass() const { return *pass_; }
  [[nodiscard]] std::span<const std::uint8_t> labels() const { return labels_; }

 private:
  enum class State { idle, running, done };
  void prepare();

  MlpWorkshop& workshop_;
  Model theta_;
  std::vector<std::uint32_t> samples_;
  std::vector<std::uint8_t> labels_;
  Pool<Vector>::Lease inputs_;
  Pool<Pass<float>>::Lease pass_;
  std::atomic<State> state_{State::idle};
  std::atomic<int> present_{0};  ///< workers that have not left
};

/// A worker's place in a group.
struct Place {
  WorkerGroup* group = nullptr;
  Rows rows;
};

class MlpOracle;

/// One iteration's minibatches. Keeps its workshop alive.
class MlpMinibatches final : public Minibatches {
 public:
  MlpMinibatches(std::shared_ptr<MlpWorkshop> workshop, std::int64_t iteration, Model theta);
  ~MlpMinibatches() override;

  GradientOracle& of(int worker) override;
  /// Zeros before that worker has asked its oracle about the iteration's model.
  [[nodiscard]] BatchStatistics statistics(int worker) const override;
  void finished(int worker) override;
  void expect(int worker, const Model& theta) override;

 private:
  friend class MlpOracle;
  /// A place among neighbours at `theta`.
  Place join(int worker, const Model& theta);
  /// The group with its pass. A thread that finds another at it takes over a group that nobody has
  /// started yet rather than wait.
  const WorkerGroup& prepared(WorkerGroup& group);

  /// Groups that may let others in, until a worker that is too far from their first.
  struct Open {
    WorkerGroup* group;
    int first_worker;
  };

  std::shared_ptr<MlpWorkshop> workshop_;
  Model theta_;
  std::shared_ptr<const EpochOrder> order_;
  std::int64_t round_;  ///< of the epoch
  std::vector<Open> open_;
  std::vector<std::unique_ptr<WorkerGroup>> groups_;
  std::vector<std::unique_ptr<MlpOracle>> oracles_;
};

/// How many workers' minibatches go through the net together.
[[nodiscard]] int workers_per_group(int batch_size);

}  // namespace gradwire::learn
