#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// A model per node.
class NodeModels {
 public:
  /// All start with `initial`, [d].
  NodeModels(int nodes, const Vector& initial);

  [[nodiscard]] Model of(int node) const { return models_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] std::span<const float> parameters(int node) const {
    return models_[static_cast<std::size_t>(node)]->parameters();
  }
  /// Moves the parameters out; replace() must follow.
  [[nodiscard]] Vector take(int node) {
    return models_[static_cast<std::size_t>(node)]->take_parameters(nullptr);
  }
  /// The node's next model.
  void replace(int node, Vector parameters);

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  std::vector<std::shared_ptr<ModelVersion>> models_;  ///< [n]
};

/// The nodes' directions: their gradients, or those of a momentum that each holds (PyTorch's SGD).
class NodeDirections {
 public:
  NodeDirections(const AlgorithmConfig& config, int nodes, std::size_t d);

  /// y <- y + alpha direction.   y: [d]. Reports all entries of y to the observer in ascending
  /// order.
  void accumulate(int node, float alpha, const Model& theta, GradientOracle& gradient,
                  std::span<float> y, WriteObserver& observer);
  void accumulate(int node, float alpha, const Model& theta, GradientOracle& gradient,
                  std::span<float> y);
  /// out <- sum of the terms + alpha direction.   out: [d]; terms: as in
  /// GradientOracle::add_to_sum()
  void add_to_sum(int node, std::span<const Weighted> terms, float alpha, const Model& theta,
                  GradientOracle& gradient, std::span<float> out, WriteObserver& observer);
  void add_to_sum(int node, std::span<const Weighted> terms, float alpha, const Model& theta,
                  GradientOracle& gradient, std::span<float> out);
  /// out <- direction.   out: [d]
  void write(int node, const Model& theta, GradientOracle& gradient, std::span<float> out);

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  std::vector<Momentum> momenta_;  ///< [n]; empty without momentum and weight decay
};

/// Of NodeDirections.
inline constexpr Parameter direction_parameters[] = {&momentum_parameter, &nesterov_parameter,
                                                     &dampening_parameter, &weight_decay_parameter};

}  // namespace gradwire::algorithms
