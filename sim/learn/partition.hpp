#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "sim/learn/deal.hpp"
#include "sim/learn/draws.hpp"

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

/// Who trains on what, in which order. The shards are dealt once (deal.hpp). Each worker reshuffles
/// its shard every epoch by stream(seed, "batch", worker, epoch), or as a DataLoader's
/// RandomSampler does where drawn as PyTorch, and drops the last minibatch when it is not full. All
/// of it is a function of the draws alone.
class Partition {
 public:
  /// `dealt`: [workers, shard size]. `weights_drawn`: numbers that a model's initial weights took,
  /// which only draws as PyTorch ask for. Throws as check_partition().
  Partition(std::vector<std::uint32_t> dealt, int workers, int batch_size, const Draws& draws,
            std::int64_t weights_drawn = 0);
  /// Of samples dealt iid.
  Partition(std::int64_t samples, int workers, int batch_size, const Draws& draws,
            std::int64_t weights_drawn = 0)
      : Partition(deal_iid(samples, workers, draws), workers, batch_size, draws, weights_drawn) {}

  [[nodiscard]] int workers() const { return workers_; }
  [[nodiscard]] int batch_size() const { return batch_size_; }
  [[nodiscard]] std::int64_t shard_size() const { return shard_size_; }
  [[nodiscard]] std::int64_t iterations_per_epoch() const { return shard_size_ / batch_size_; }
  /// Numbers of the training samples of `worker`, [shard_size].
  [[nodiscard]] std::span<const std::uint32_t> shard(int worker) const;
  /// Order of epoch 0, 1, ...; the last one asked for is kept. From any thread.
  [[nodiscard]] std::shared_ptr<const EpochOrder> epoch(std::int64_t epoch) const;

 private:
  [[nodiscard]] std::vector<std::uint32_t> shuffled(std::int64_t epoch) const;

  int workers_;
  int batch_size_;
  std::int64_t shard_size_;
  std::uint64_t seed_;
  std::optional<LoaderSeeds> loaders_;  ///< drawn as PyTorch
  std::vector<std::uint32_t> shards_;   ///< [workers, shard_size]

  mutable std::mutex mutex_;  ///< of the two below
  mutable std::int64_t cached_epoch_ = -1;
  mutable std::shared_ptr<const EpochOrder> cached_;
};

}  // namespace gradwire::learn
