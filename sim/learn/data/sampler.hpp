#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/data/shards.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// Throws InputError when `samples` training samples are too few for this many workers with
/// minibatches of this size; its text starts with the setting's JSON pointer, /base/workers or
/// /base/batch_size.
void check_partition(std::int64_t samples, int workers, int batch_size);

/// The order in which every worker visits the samples of its shard in one epoch.
class EpochPermutation {
 public:
  EpochPermutation(std::vector<std::uint32_t> samples, std::int64_t shard_size, int batch_size);
  /// Indices of the training samples of `worker` at the epoch's step `round` (from 0),
  /// [batch_size].
  [[nodiscard]] std::span<const std::uint32_t> batch(int worker, std::int64_t round) const;

 private:
  std::vector<std::uint32_t> samples_;  ///< [workers, shard_size]
  std::size_t shard_size_;
  std::size_t batch_size_;
};

/// Samples of every worker's minibatches. The shards are made once (shards.hpp). Each worker's
/// shard is shuffled every epoch by stream(seed, "batch", worker, epoch), or, with as_pytorch, as a
/// DataLoader's RandomSampler does; the last minibatch is dropped when it is not full. A function
/// of the draws alone.
class Sampler {
 public:
  /// shards: [workers, shard size]. `weights_drawn`: random numbers drawn for a model's initial
  /// weights, used only with as_pytorch. Throws as check_partition().
  Sampler(std::vector<std::uint32_t> shards, int workers, int batch_size, const RandomSource& draws,
          std::int64_t weights_drawn = 0);
  /// With samples partitioned iid.
  Sampler(std::int64_t samples, int workers, int batch_size, const RandomSource& draws,
          std::int64_t weights_drawn = 0)
      : Sampler(partition_iid(samples, workers, draws), workers, batch_size, draws, weights_drawn) {
  }

  [[nodiscard]] int workers() const { return workers_; }
  [[nodiscard]] int batch_size() const { return batch_size_; }
  [[nodiscard]] std::int64_t shard_size() const { return shard_size_; }
  [[nodiscard]] std::int64_t iterations_per_epoch() const { return shard_size_ / batch_size_; }
  /// Indices of the training samples of `worker`, [shard_size].
  [[nodiscard]] std::span<const std::uint32_t> shard(int worker) const;
  /// All workers' order of epoch 0, 1, ...; caches the most recent one. Thread-safe.
  [[nodiscard]] std::shared_ptr<const EpochPermutation> epoch(std::int64_t epoch) const;
  /// Indices of the training samples of a minibatch of `worker` (see BatchRange), [range.size].
  /// Caches each worker's most recent epoch separately. Thread-safe; different workers do not wait
  /// for one another.
  [[nodiscard]] std::vector<std::uint32_t> batch(int worker, const BatchRange& range) const;

 private:
  using Order = std::vector<std::uint32_t>;
  struct CachedOrder {
    std::mutex mutex;  ///< guards the two below
    std::int64_t epoch = -1;
    std::shared_ptr<const Order> order;  ///< of the worker's shard, [shard size]
  };
  [[nodiscard]] std::vector<std::uint64_t> loader_seeds(std::int64_t epoch) const;
  /// part: the worker's shard, [shard size]; afterwards in the order of the epoch.
  void shuffle(std::span<std::uint32_t> part, int worker, std::int64_t epoch,
               std::span<const std::uint64_t> seeds) const;
  [[nodiscard]] Order shuffled(std::int64_t epoch) const;
  /// The worker's part of shuffled(epoch).
  [[nodiscard]] std::shared_ptr<const Order> order(int worker, std::int64_t epoch) const;

  int workers_;
  int batch_size_;
  std::int64_t shard_size_;
  std::uint64_t seed_;
  std::optional<LoaderSeeds> loaders_;  ///< only with as_pytorch
  std::vector<std::uint32_t> shards_;   ///< [workers, shard_size]

  mutable std::mutex mutex_;  ///< guards the two below
  mutable std::int64_t cached_epoch_ = -1;
  mutable std::shared_ptr<const EpochPermutation> cached_;
  mutable std::vector<CachedOrder> cached_orders_;  ///< [workers]
};

}  // namespace gradwire::learn
