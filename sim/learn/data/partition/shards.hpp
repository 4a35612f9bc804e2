#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/samples/sample_set.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// The training samples of each worker.
class Shards {
 public:
  Shards() = default;
  /// The first samples.size() / workers samples for the first worker, and so on; the rest is
  /// dropped. workers: at least 1.
  Shards(std::vector<std::uint32_t> samples, int workers);
  /// samples: of all workers, in their order; sizes: [workers], their sum is samples.size().
  Shards(std::vector<std::uint32_t> samples, std::span<const std::int64_t> sizes);

  [[nodiscard]] int workers() const { return static_cast<int>(ends_.size()); }
  /// Sample indices of `worker`.
  [[nodiscard]] std::span<const std::uint32_t> of(int worker) const;
  [[nodiscard]] std::int64_t size(int worker) const {
    return static_cast<std::int64_t>(of(worker).size());
  }
  /// Number of samples of all workers.
  [[nodiscard]] std::int64_t total() const { return static_cast<std::int64_t>(samples_.size()); }
  friend bool operator==(const Shards&, const Shards&) = default;

 private:
  std::vector<std::uint32_t> samples_;
  std::vector<std::size_t> ends_;  ///< [workers]
};

/// Throws InputError (/base/workers) unless there is a sample for each worker.
void check_workers(std::int64_t samples, int workers);

/// Number of samples of each worker, [workers]: equal numbers, those that the configuration lists,
/// or shares of all samples drawn from Dirichlet(alpha, ..., alpha), of at least one sample. A
/// function of the seed alone. Throws InputError (/base/workers, /base/dataset/partition/sizes)
/// when there are too few samples.
[[nodiscard]] std::vector<std::int64_t> shard_sizes(const PartitionConfig& config,
                                                    std::int64_t samples, int workers,
                                                    std::uint64_t seed);

/// Partitions a training set. Samples that remain are dropped. A function of the draws alone.
/// Throws InputError (/base/workers, /base/dataset/partition/...) when there are too few samples or
/// sources.
[[nodiscard]] Shards make_shards(const PartitionConfig& config, const SampleSet& train, int workers,
                                 const RandomSource& draws);

/// Samples and their classes of each worker, [workers].
[[nodiscard]] std::vector<ShardContents> contents_of(const Shards& shards, const Dataset& data);

/// iid: one permutation by stream(seed, "partition"), or, with as_pytorch, by numpy.random.shuffle,
/// cut into equal shards.
[[nodiscard]] Shards partition_iid(std::int64_t samples, int workers, const RandomSource& draws);

}  // namespace gradwire::learn
