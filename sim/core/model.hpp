#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

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
/// them as kept(), the form that its holders read.
class ModelVersion {
 public:
  ModelVersion() = default;
  ModelVersion(std::int64_t iteration_, Vector parameters, double squared_step_ = 0.0)
      : iteration(iteration_), squared_step(squared_step_), parameters_(std::move(parameters)) {}

  std::int64_t iteration = 0;  ///< t: number of server steps; 0 is the initial model
  double squared_step = 0.0;   ///< ||theta^t - theta^{t-1}||^2 over all tensors; 0 for t = 0

  [[nodiscard]] std::size_t size() const {  ///< d
    return kept_ ? kept_->size() : parameters_.size();
  }
  /// theta^t, [d]; valid as long as this version holds them. Throws std::logic_error after
  /// take_parameters().
  [[nodiscard]] std::span<const float> parameters() const {
    if (taken_) throw std::logic_error("the parameters of this model version were taken");
    return parameters_;
  }
  /// What replaces the parameters; or null.
  [[nodiscard]] const std::shared_ptr<const PackedParameters>& kept() const { return kept_; }
  /// A copy of theta^t, [d], in whichever form it is held. Throws as parameters() if in neither.
  [[nodiscard]] Vector plain() const {
    if (kept_) return kept_->plain();
    const auto theta = parameters();
    return {theta.begin(), theta.end()};
  }

  /// Moves the parameters out, so that their memory can be reused. `kept` replaces them for all
  /// other holders; null only if there is none. Throws as parameters().
  [[nodiscard]] Vector take_parameters(std::shared_ptr<const PackedParameters> kept) {
    static_cast<void>(parameters());
    taken_ = true;
    kept_ = std::move(kept);
    return std::move(parameters_);
  }

  // For checkpoints (core/archive.hpp), where all parameters are stored in plain form.
  template <class Archive>
  void save(Archive& archive) const {
    taken_ ? archive(iteration, plain(), squared_step)
           : archive(iteration, parameters_, squared_step);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(iteration, parameters_, squared_step);
  }

 private:
  Vector parameters_;  ///< theta^t, [d]
  bool taken_ = false;
  std::shared_ptr<const PackedParameters> kept_ = nullptr;
};
using Model = std::shared_ptr<const ModelVersion>;

}  // namespace gradwire
