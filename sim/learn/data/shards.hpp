#pragma once

#include <cstdint>
#include <vector>

#include "sim/learn/config.hpp"
#include "sim/learn/data/sample_set.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// Partitions a training set: sample indices of all workers, [workers, shard size]. All shards have
/// the same size, so that every worker has the same number of minibatches per epoch; remaining
/// samples are dropped. A function of the draws alone. Throws InputError (/base/workers,
/// /base/dataset/partition/...) when there are too few samples or sources, or the kind is unknown.
[[nodiscard]] std::vector<std::uint32_t> make_shards(const PartitionConfig& config,
                                                     const SampleSet& train, int workers,
                                                     const RandomSource& draws);

/// iid: one permutation by stream(seed, "partition"), or, with as_pytorch, by numpy.random.shuffle,
/// cut into equal shards.
[[nodiscard]] std::vector<std::uint32_t> partition_iid(std::int64_t samples, int workers,
                                                       const RandomSource& draws);

}  // namespace gradwire::learn
