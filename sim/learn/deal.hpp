#pragma once

#include <cstdint>
#include <vector>

#include "sim/learn/config.hpp"
#include "sim/learn/draws.hpp"
#include "sim/learn/sample_set.hpp"

namespace gradwire::learn {

/// How a training set is dealt out: numbers of samples, worker after worker, [workers, shard size].
/// All shards have one size, so every worker makes as many minibatches an epoch; what is left over
/// is dropped. A function of the draws alone. Throws InputError (/base/workers, /base/dataset/
/// partition/...) when there is too little to deal.
[[nodiscard]] std::vector<std::uint32_t> deal(const PartitionConfig& config, const SampleSet& train,
                                              int workers, const Draws& draws);

/// iid: one permutation by stream(seed, "partition"), or by numpy.random.shuffle where drawn as
/// PyTorch, cut into equal shards.
[[nodiscard]] std::vector<std::uint32_t> deal_iid(std::int64_t samples, int workers,
                                                  const Draws& draws);

}  // namespace gradwire::learn
