#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sim/actors/config.hpp"
#include "sim/actors/iterations.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire.hpp"
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

/// Iterations that are computed: real gradients, the workers' steps, the server's step.
class Learner : public Iterations {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    algorithms::WireConfig wire;
    int workers = 1;  ///< M
    Bytes skip_flag;  ///< what a skipping worker sends
    Schedule gamma;
  };
  /// `problem` and `pool` must outlive it.
  Learner(Config config, Problem& problem, TaskPool& pool);

  Bytes begin() override;
  [[nodiscard]] GradientCount gradients(int worker) const override;
  TaskPool::Pending<Upload> start(int worker) override;
  void finish(std::vector<Upload> uploads) override;

  [[nodiscard]] const Model& model() const { return server_.model(); }
  [[nodiscard]] Bytes server_state_bytes() const { return server_.state_bytes(); }
  /// Of all workers together.
  [[nodiscard]] Bytes worker_state_bytes() const;
  [[nodiscard]] LearningWall wall() const;

 private:
  Upload step(int worker, algorithms::StepSize gamma);

  Config config_;
  Problem& problem_;
  TaskPool& pool_;
  algorithms::WireFormat wire_;
  Bytes downlink_;                           ///< the model, to one worker
  std::vector<algorithms::Worker> workers_;  ///< [M]
  algorithms::Server server_;
  std::unique_ptr<Minibatches> minibatches_;
  std::vector<LearningWall> worker_wall_;  ///< [M]: each is written by one thread at a time
  Seconds server_wall_;
  Seconds wall_begin_finish_;
};

}  // namespace gradwire::actors
