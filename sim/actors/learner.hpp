#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <vector>

#include "sim/actors/iterations.hpp"
#include "sim/actors/task_pool.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire_sizes.hpp"
#include "sim/core/problem.hpp"

namespace gradwire::actors {

/// gamma of iteration t, from 0.
using Schedule = std::function<algorithms::StepSize(std::int64_t iteration)>;

/// Host time spent on real arithmetic, summed over threads.
struct LearningWall {
  Seconds gradient;   ///< in the gradient oracle
  Seconds rule;       ///< the rest of the workers' steps and the server's
  Seconds on_caller;  ///< what the simulation's own thread spent on learning or on waiting for it
};

class TimedOracle;

/// Iterations that are computed: real gradients, the workers' steps, the server's step.
class Learner : public Iterations {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    int workers = 1;  ///< M
    Schedule gamma;
    bool may_miss = false;  ///< finish() may be told of uploads that did not arrive
  };
  /// `problem` and `pool` must outlive it.
  Learner(Config config, Problem& problem, TaskPool& pool);
  ~Learner() override;

  /// Computes the workers' steps, on the pool.
  const IterationWork& next(const Missed& absent) override;
  using Iterations::next;
  /// Who was missed has what it sent back (Worker::take_back), and its minibatch does not count.
  void finish(const Missed& missed) override;
  using Iterations::finish;

  /// Of the newest iteration.
  [[nodiscard]] const IterationWork& work() const { return work_; }
  [[nodiscard]] Model model() const { return server_.model(); }
  [[nodiscard]] Bytes server_state_bytes() const { return server_.state_bytes(); }
  /// Of all workers together.
  [[nodiscard]] Bytes worker_state_bytes() const;
  [[nodiscard]] LearningWall wall() const;

  /// For checkpoints: the state between iterations, the problem's too. Loading expects a learner of
  /// the same configuration.
  void save(std::ostream& out);
  void load(std::istream& in);

 private:
  struct Step {
    algorithms::Message message;
    WorkerWork work;
    BatchStatistics batch;
  };
  Step step(int worker, algorithms::StepSize gamma);
  /// A step that is none.
  Step sit_out(int worker, algorithms::StepSize gamma);
  void receive(std::size_t worker);
  /// Which models beside its own the workers will ask about.
  void announce(const Missed& absent);
  TaskPool::Pending<Step> start_step(int worker, const Missed& absent);

  Config config_;
  Problem& problem_;
  TaskPool& pool_;
  algorithms::WireSizes sizes_;
  std::vector<algorithms::Worker> workers_;  ///< [M]
  algorithms::Server server_;
  std::unique_ptr<Minibatches> minibatches_;
  std::vector<std::unique_ptr<TimedOracle>> oracles_;  ///< [M], of the open iteration
  IterationWork work_;
  Missed absent_;                              ///< in the open iteration
  std::vector<algorithms::Message> messages_;  ///< [M], of the open iteration
  std::vector<BatchStatistics> batches_;       ///< likewise
  std::vector<LearningWall> worker_wall_;      ///< [M]: each is written by one thread at a time
  Seconds server_wall_;
  Seconds wall_on_caller_;  ///< beside collecting
};

}  // namespace gradwire::actors
