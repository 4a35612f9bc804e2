#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/iteration_source.hpp"
#include "sim/core/problem.hpp"
#include "sim/training/task_pool.hpp"

namespace gradwire::training {

/// gamma of iteration t, counted from 0.
using Schedule = std::function<algorithms::StepSize(std::int64_t iteration)>;

/// Host time spent on real arithmetic, summed over threads.
struct LearningWall {
  Seconds gradient;   ///< in the gradient oracle
  Seconds rule;       ///< the rest of the workers' steps, and the server's
  Seconds on_caller;  ///< spent by the simulation's thread on training or on waiting for it
};

class TimedOracle;

/// Computes the iterations: real gradients, the workers' steps, the server's step.
class SynchronousTrainer : public IterationSource {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    int workers = 1;  ///< M
    Schedule gamma;
    bool may_drop = false;  ///< finish() may be called with dropped workers
  };
  /// `problem` and `pool` must outlive this object.
  SynchronousTrainer(Config config, Problem& problem, TaskPool& pool);
  ~SynchronousTrainer() override;

  /// Computes the workers' steps in parallel, on the pool.
  const IterationWork& next(const Dropped& absent) override;
  using IterationSource::next;
  /// The last steps of dropped workers are rolled back (Worker::rollback), and their minibatches do
  /// not count.
  void finish(const Dropped& dropped) override;
  using IterationSource::finish;

  /// The newest iteration.
  [[nodiscard]] const IterationWork& work() const { return work_; }
  [[nodiscard]] Model model() const { return server_.model(); }
  [[nodiscard]] Bytes server_state_bytes() const { return server_.state_bytes(); }
  /// Sum over all workers.
  [[nodiscard]] Bytes worker_state_bytes() const;
  [[nodiscard]] LearningWall wall() const;

  /// For checkpoints: the state between iterations, including the problem's. load() requires a
  /// trainer of the same configuration.
  void save(std::ostream& out);
  void load(std::istream& in);

 private:
  struct Step {
    algorithms::Message message;
    WorkerWork work;
    BatchStatistics batch;
  };
  Step step(int worker, algorithms::StepSize gamma);
  /// The step of an absent worker: computes no gradient.
  Step skip_iteration(int worker, algorithms::StepSize gamma);
  void receive(std::size_t worker);
  /// Announces to the minibatches the models besides theta^t at which the workers' oracles will be
  /// evaluated.
  void announce_reference_models(const Dropped& absent);
  TaskPool::Pending<Step> start_step(int worker, const Dropped& absent);

  Config config_;
  Problem& problem_;
  TaskPool& pool_;
  algorithms::WireSizes sizes_;
  std::vector<algorithms::Worker> workers_;  ///< [M]
  algorithms::Server server_;
  std::unique_ptr<Minibatches> minibatches_;
  std::vector<std::unique_ptr<TimedOracle>> oracles_;  ///< [M], of the open iteration
  IterationWork work_;
  Dropped absent_;                             ///< [M], of the open iteration
  std::vector<algorithms::Message> messages_;  ///< [M], of the open iteration
  std::vector<BatchStatistics> batches_;       ///< [M], of the open iteration
  std::vector<LearningWall> worker_wall_;      ///< [M]; each is written by one thread at a time
  Seconds server_wall_;
  Seconds wall_on_caller_;  ///< excluding TaskPool::collecting()
};

}  // namespace gradwire::training
