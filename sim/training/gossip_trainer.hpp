#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <utility>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/problem.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "sim/training/task_pool.hpp"
#include "sim/training/trainer.hpp"

namespace gradwire::training {

/// Computes the iterations of a decentralised method: every node's gradient at its own model, its
/// message, and the mixing. What is learned does not depend on time. A node computes the minibatch
/// with the number of the iteration; all nodes' minibatches move one state of training besides the
/// models (batch norm's statistics), in the order of the nodes.
class GossipTrainer final : public Trainer {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    int nodes = 1;
    std::uint64_t seed = 1;  ///< of the compressors' random numbers
    Schedule gamma;
    algorithms::ValueFormat values = algorithms::ValueFormat::float32;
    algorithms::MixingSchedule mixing;
  };
  /// `problem` and `pool` must outlive this object.
  GossipTrainer(Config config, Problem& problem, TaskPool& pool);

  [[nodiscard]] const EncodingNames& encodings() const override { return sizes_.names(); }
  const IterationWork& next(const Dropped& absent) override;
  using IterationSource::next;
  void finish(const Dropped& dropped) override;
  using IterationSource::finish;

  [[nodiscard]] const IterationWork& work() const override { return work_; }
  /// The mean of the nodes' models, summed in double precision.
  [[nodiscard]] Model model() const override;
  [[nodiscard]] const algorithms::GossipMethod& method() const { return *method_; }
  [[nodiscard]] bool is_finite() const override { return true; }
  [[nodiscard]] Evaluation evaluate(const ParallelFor& each) override;
  [[nodiscard]] Bytes server_state_bytes() const override { return {}; }
  [[nodiscard]] Bytes worker_state_bytes() const override { return method_->state_bytes(); }
  [[nodiscard]] LearningWall wall() const override;

  void save(std::ostream& out) override;
  void load(std::istream& in) override;

 private:
  /// A node's half of an iteration before the exchange.
  struct Half {
    algorithms::Message message;
    BatchStatistics batch;
  };
  Half compute(int node);
  [[nodiscard]] algorithms::NodeStep step_of(int node) const;
  [[nodiscard]] Transmission sent_by(const algorithms::Message& message) const;
  /// The messages along edges, each node's to all its neighbours.
  void add_edges(Exchange& exchange) const;
  [[nodiscard]] double consensus_distance(const ModelVersion& mean) const;
  [[nodiscard]] double nonzero_share() const;

  Config config_;
  Problem& problem_;
  TaskPool& pool_;
  algorithms::WireSizes sizes_;
  std::unique_ptr<algorithms::GossipMethod> method_;
  std::int64_t iteration_ = 0;                              ///< t, from 0
  std::shared_ptr<const algorithms::MixingMatrix> mixing_;  ///< of the open iteration
  IterationWork work_;
  std::vector<algorithms::Message> messages_;  ///< [n], of the open iteration
  std::vector<LearningWall> node_wall_;        ///< [n]; each is written by one thread at a time
  Seconds wall_on_caller_;                     ///< excluding TaskPool::collecting()
};

}  // namespace gradwire::training
