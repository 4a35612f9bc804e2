#pragma once

#include <cstdint>
#include <memory>

#include "sim/core/vector.hpp"

namespace gradwire {

/// One version of the model: immutable, shared by all who remember it (ten workers that remember
/// the same old version hold one copy).
struct ModelVersion {
  std::int64_t iteration = 0;  ///< t: how many server steps made it; 0 is the initial model
  Vector parameters;           ///< theta^t, [d]
  double squared_step = 0.0;   ///< ||theta^t - theta^{t-1}||^2 over all tensors; 0 for t = 0

  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(iteration, parameters, squared_step);
  }
};
using Model = std::shared_ptr<const ModelVersion>;

}  // namespace gradwire
