#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/partition/sampler.hpp"
#include "sim/learn/linear/linear_model.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// A linear model (linear_model.hpp) and its data. Thread-safe.
class LinearProblem final : public Problem {
 public:
  struct Config {
    ModelConfig model;
    LossConfig loss;
    PartitionConfig partition;
    int workers = 1;
    BatchSize batch_size;
  };
  /// dataset: has targets unless the loss is cross_entropy (set_targets()). Throws InputError when
  /// there are too few samples.
  LinearProblem(Dataset dataset, const Config& config, const RandomSource& draws);

  [[nodiscard]] const Layout& layout() const override { return shared_->model.layout(); }
  [[nodiscard]] Vector initial_parameters() const override;
  [[nodiscard]] std::int64_t iterations_per_epoch() const override {
    return shared_->sampler.iterations_per_epoch();
  }
  [[nodiscard]] int workers() const override { return shared_->sampler.workers(); }
  [[nodiscard]] int batch_size(int worker) const override {
    return shared_->sampler.batch_size(worker);
  }
  [[nodiscard]] double relative_cost(int worker) const override {
    return shared_->sampler.relative_batch(worker);
  }
  [[nodiscard]] std::vector<ShardContents> shards() const override {
    return contents_of(shared_->sampler.shards(), shared_->data);
  }
  [[nodiscard]] bool computes_shard_losses() const override { return true; }
  double add_shard_gradient(int worker, const Model& theta, std::span<double> gradient) override;
  [[nodiscard]] std::optional<double> curvature(std::span<const double> weights) override;

 private:
  struct Shared {
    Shared(Dataset dataset, const Config& config, const RandomSource& draws);
    Dataset data;
    LinearModel model;
    Sampler sampler;
  };
  class Batch;
  std::unique_ptr<Minibatch> make_minibatch(int worker, const BatchRange& range,
                                            const Model& own) override;
  Evaluation evaluation(const Model& theta, const ParallelFor& each) override;

  RandomSource draws_;
  LossConfig loss_;
  InitialConfig initial_;
  std::shared_ptr<const Shared> shared_;
};

}  // namespace gradwire::learn
