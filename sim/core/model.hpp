#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sim/core/vector.hpp"

namespace gradwire {

/// The parameters of an old model in another order, from which they can be had again to the bit.
class KeptParameters {
 public:
  virtual ~KeptParameters() = default;

  [[nodiscard]] virtual std::size_t size() const = 0;  ///< d
  [[nodiscard]] virtual Vector plain() const = 0;      ///< theta, [d]
};

/// One version of the model, shared by all who remember it (ten workers that remember the same old
/// version hold one copy). Its values do not change; but when the server goes on from it, it may
/// keep them in the form that those who remember it ask for.
struct ModelVersion {
  std::int64_t iteration = 0;  ///< t: how many server steps made it; 0 is the initial model
  Vector parameters;           ///< theta^t, [d]; none where they are kept in another form
  double squared_step = 0.0;   ///< ||theta^t - theta^{t-1}||^2 over all tensors; 0 for t = 0
  std::shared_ptr<const KeptParameters> kept = nullptr;  ///< instead of `parameters`, or none

  [[nodiscard]] std::size_t size() const { return kept ? kept->size() : parameters.size(); }

  // For checkpoints (core/archive.hpp), in which all parameters are plain.
  template <class Archive>
  void save(Archive& archive) const {
    kept ? archive(iteration, kept->plain(), squared_step)
         : archive(iteration, parameters, squared_step);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(iteration, parameters, squared_step);
  }
};
using Model = std::shared_ptr<const ModelVersion>;

}  // namespace gradwire
