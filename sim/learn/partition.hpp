#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace gradwire::learn {

/// Throws InputError when `samples` training samples cannot feed M workers with minibatches of this
/// size; its text starts with the setting's JSON pointer, /base/workers or /base/batch_size.
void check_partition(std::int64_t samples, int workers, int batch_size);

/// The order in which every worker goes through its shard in one epoch.
class EpochOrder {
 public:
  EpochOrder(std::vector<std::uint32_t> samples, std::int64_t shard_size, int batch_size);
  /// Numbers of the training samples of `worker` in the epoch's `round`-th iteration, [batch_size].
  [[nodiscard]] std::span<const std::uint32_t> batch(int worker, std::int64_t round) const;

 private:
  std::vector<std::uint32_t> samples_;  ///< [workers, shard_size]
  std::size_t shard_size_;
  std::size_t batch_size_;
};

/// The independent, identically distributed split: one permutation of the training set by
/// stream(seed, "partition"), cut into M equal shards (the rest is dropped), fixed for the run.
/// Each worker reshuffles its shard every epoch by stream(seed, "batch", worker, epoch), and drops
/// the last minibatch when it is not full. All of it is a function of the seed alone.
class Partition {
 public:
  /// Throws as check_partition().
  Partition(std::int64_t samples, int workers, int batch_size, std::uint64_t seed);

  [[nodiscard]] int workers() const { return workers_; }
  [[nodiscard]] int batch_size() const { return batch_size_; }
  [[nodiscard]] std::int64_t shard_size() const { return shard_size_; }
  [[nodiscard]] std::int64_t iterations_per_epoch() const { return shard_size_ / batch_size_; }
  /// Numbers of the training samples of `worker`, [shard_size].
  [[nodiscard]] std::span<const std::uint32_t> shard(int worker) const;
  /// Order of epoch 0, 1, ...; the last one asked for is kept. From any thread.
  [[nodiscard]] std::shared_ptr<const EpochOrder> epoch(std::int64_t epoch) const;

 private:
  int workers_;
  int batch_size_;
  std::int64_t shard_size_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> shards_;  ///< [workers, shard_size]

  mutable std::mutex mutex_;  ///< of the two below
  mutable std::int64_t cached_epoch_ = -1;
  mutable std::shared_ptr<const EpochOrder> cached_;
};

}  // namespace gradwire::learn
