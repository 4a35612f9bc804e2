#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "sim/kernels/vector.hpp"

namespace gradwire {

/// The parameters of an earlier model in another order; plain() restores them bit by bit.
class PackedParameters {
 public:
  virtual ~PackedParameters() = default;

  [[nodiscard]] virtual std::size_t size() const = 0;  ///< d
  [[nodiscard]] virtual Vector plain() const = 0;      ///< theta, [d]
};

/// One version of the model, shared by all its holders (ten workers that hold the same stale
/// version share one copy). Its values never change; but after the server's next step it may hold
/// them as `kept`, the form that its holders read.
struct ModelVersion {
  std::int64_t iteration = 0;  ///< t: number of server steps; 0 is the initial model
  Vector parameters;           ///< theta^t, [d]; empty if `kept` is set
  double squared_step = 0.0;   ///< ||theta^t - theta^{t-1}||^2 over all tensors; 0 for t = 0
  std::shared_ptr<const PackedParameters> kept = nullptr;  ///< replaces `parameters`; or null

  [[nodiscard]] std::size_t size() const { return kept ? kept->size() : parameters.size(); }

  // For checkpoints (core/archive.hpp), where all parameters are stored in plain form.
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
