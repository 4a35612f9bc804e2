#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/learn/mlp/minibatches.hpp"

namespace gradwire::learn {

/// Classification with a fully connected net (mlp.hpp). Thread-safe, except that minibatches() must
/// be called in the order of t.
class MlpProblem final : public Problem {
 public:
  /// Throws InputError (/base/workers, /base/batch_size) when the training set is too small.
  MlpProblem(Dataset dataset, const ModelConfig& model, int workers, BatchSize batch_size,
             const RandomSource& draws, const PartitionConfig& partition = {});

  [[nodiscard]] const Layout& layout() const override { return shared_->net.layout(); }
  [[nodiscard]] Vector initial_parameters() const override;
  [[nodiscard]] std::int64_t iterations_per_epoch() const override;
  [[nodiscard]] int workers() const override { return shared_->partition.workers(); }
  [[nodiscard]] int batch_size(int worker) const override {
    return shared_->partition.batch_size(worker);
  }
  [[nodiscard]] double relative_cost(int worker) const override {
    return shared_->partition.relative_batch(worker);
  }
  [[nodiscard]] std::vector<ShardContents> shards() const override {
    return contents_of(shared_->partition.shards(), shared_->data);
  }
  [[nodiscard]] bool computes_shard_losses() const override { return true; }
  double add_shard_gradient(int worker, const Model& theta, std::span<double> gradient) override;
  std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta) override;
  [[nodiscard]] std::shared_ptr<const PackedParameters> kept(const Model& theta) override {
    return shared_->packed.kept(theta);
  }

  /// Training samples in forward passes so far; shows what caching and grouping save.
  [[nodiscard]] std::int64_t forwarded_samples() const { return shared_->forwarded; }

 private:
  /// Buffers of one part of an evaluation; larger than a minibatch's.
  struct Chunk {
    std::vector<std::uint32_t> indices;
    std::vector<Label> labels;
    Vector inputs;
    Pass<float> activations;
  };
  std::unique_ptr<Minibatch> make_minibatch(int worker, const BatchRange& range,
                                            const Model& own) override {
    return make_mlp_minibatch(shared_, worker, range, own);
  }
  Evaluation evaluation(const Model& theta, const ParallelFor& each) override;

  RandomSource draws_;
  InitialConfig initial_;
  std::shared_ptr<MlpSharedState> shared_;
  Pool<Chunk> chunks_;
};

}  // namespace gradwire::learn
