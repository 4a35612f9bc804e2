#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/partition/sampler.hpp"
#include "sim/learn/mlp/mlp.hpp"
#include "sim/learn/mlp/packed_parameters.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// State shared by the minibatches of one problem. All members are thread-safe.
struct MlpSharedState {
  MlpSharedState(Dataset dataset, Shards shards, const ModelConfig& model, BatchSize batch_size,
                 const RandomSource& draws);

  const Dataset data;
  const Mlp net;
  const Sampler partition;
  PackedParameterCache packed{net};
  Pool<Pass<float>> passes;
  Pool<Vector> inputs;
  Pool<Vector> gradients;                  ///< [d]
  std::atomic<std::int64_t> forwarded{0};  ///< training samples in forward passes so far
};

}  // namespace gradwire::learn
