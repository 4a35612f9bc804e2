#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/partition/shards.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// Throws InputError when `samples` training samples are too few for this many workers with
/// minibatches of this size; its text starts with the setting's JSON pointer, /base/workers or
/// /base/batch_size.
void check_partition(std::int64_t samples, int workers, BatchSize batch_size);

/// Samples of every worker's minibatches. In each pass over its shard, a worker visits the samples
/// in another order: shuffled by stream(seed, "batch", worker, pass), or, with as_pytorch, as a
/// DataLoader's RandomSampler does; the last minibatch of a pass is dropped when it is not full.
/// Minibatches of whole shards have the shard's own order. A function of the draws alone.
class Sampler {
 public:
  /// `weights_drawn`: random numbers drawn for a model's initial weights, used only with
  /// as_pytorch, which requires equal shards. Throws as check_partition() when a minibatch of this
  /// size does not fit in the mean shard. A worker with fewer samples takes all of them.
  Sampler(Shards shards, BatchSize batch_size, const RandomSource& draws,
          std::int64_t weights_drawn = 0);
  /// With samples partitioned iid.
  Sampler(std::int64_t samples, int workers, BatchSize batch_size, const RandomSource& draws,
          std::int64_t weights_drawn = 0)
      : Sampler(partition_iid(samples, workers, draws), batch_size, draws, weights_drawn) {}

  [[nodiscard]] int workers() const { return shards_.workers(); }
  [[nodiscard]] const Shards& shards() const { return shards_; }
  /// Number of samples of the worker's minibatches.
  [[nodiscard]] int batch_size(int worker) const;
  /// The worker's samples per minibatch, relative to the configured size, or to the mean shard for
  /// minibatches of whole shards.
  [[nodiscard]] double relative_batch(int worker) const;
  /// Iterations in which the workers together visit as many samples as their shards have, rounded
  /// down; at least 1. With equal shards: minibatches in a pass.
  [[nodiscard]] std::int64_t iterations_per_epoch() const { return iterations_per_epoch_; }
  /// Indices of the training samples of a minibatch of `worker` (see BatchRange), [range.size].
  /// Caches each worker's most recent pass. Thread-safe; different workers do not wait for one
  /// another.
  [[nodiscard]] std::vector<std::uint32_t> batch(int worker, const BatchRange& range) const;
  /// The minibatch with number `step`, where all before it have the default size.
  [[nodiscard]] std::vector<std::uint32_t> batch(int worker, std::int64_t step) const {
    const int size = batch_size(worker);
    return batch(worker, {step, step * size, size});
  }

 private:
  using Order = std::vector<std::uint32_t>;
  struct CachedOrder {
    std::mutex mutex;  ///< guards the two below
    std::int64_t pass = -1;
    std::shared_ptr<const Order> order;  ///< of the worker's shard, [shard size]
  };
  /// Samples that the worker visits in a pass: a multiple of its minibatch's size.
  [[nodiscard]] std::int64_t pass_size(int worker) const;
  [[nodiscard]] Order draw_order(int worker, std::int64_t pass) const;
  [[nodiscard]] std::shared_ptr<const Order> order(int worker, std::int64_t pass) const;

  Shards shards_;
  BatchSize batch_size_;
  std::int64_t iterations_per_epoch_;
  std::uint64_t seed_;
  std::optional<LoaderSeeds> loaders_;              ///< only with as_pytorch
  mutable std::vector<CachedOrder> cached_orders_;  ///< [workers]
};

}  // namespace gradwire::learn
