#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

struct NetSharedState;
struct PendingStatistics;

/// A net that LibTorch differentiates (nets/nets.hpp), under any loss. Thread-safe,
/// except that minibatches() and evaluate() must be called in the order of t.
///
/// Batch norm: each worker's pass at the iteration's own model updates the running statistics once,
/// in the order of the workers, whether the worker then uploads or skips; a pass at an older model
/// does not update them. With minibatch(), a pass at the worker's own model updates them when
/// completed() is called.
class NetProblem final : public Problem {
 public:
  struct Config {
    ModelConfig model;
    LossConfig loss;
    PartitionConfig partition;
    int workers = 1;
    BatchSize batch_size = 1;
    Device device = Device::cpu;
  };
  /// Throws InputError: an unavailable device, images that the net does not support, too few
  /// samples.
  NetProblem(Dataset dataset, const Config& config, const RandomSource& draws);
  ~NetProblem() override;

  [[nodiscard]] const Layout& layout() const override;
  [[nodiscard]] Vector initial_parameters() const override;
  [[nodiscard]] std::int64_t iterations_per_epoch() const override;
  [[nodiscard]] int workers() const override;
  [[nodiscard]] int batch_size(int worker) const override;
  [[nodiscard]] double relative_cost(int worker) const override;
  [[nodiscard]] std::vector<ShardContents> shards() const override;
  void completed(int worker, std::int64_t step) override;
  /// Without effect on each other, if the running statistics are one set per worker.
  void completed_apart(std::span<const CompletedSteps> workers) override;
  std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta) override;
  void save_state(std::ostream& out) override;
  void load_state(std::istream& in) override;
  void save_unfinished(std::ostream& out) override;
  void load_unfinished(std::istream& in) override;
  void forget_unfinished(int worker) override;
  [[nodiscard]] bool evaluation_has_state() const override;

 private:
  std::unique_ptr<Minibatch> make_minibatch(int worker, const BatchRange& range,
                                            const Model& own) override;
  /// With per-worker statistics, worker m's replica is evaluated on the m-th part of the test set.
  Evaluation evaluation(const Model& theta, const ParallelFor& each) override;
  /// Updates the running statistics with those of the last iteration's minibatches.
  void apply_pending();

  RandomSource draws_;
  InitialConfig initial_;
  std::shared_ptr<NetSharedState> shared_;
  std::shared_ptr<PendingStatistics> latest_;  ///< of the last iteration; null once applied
};

}  // namespace gradwire::learn
