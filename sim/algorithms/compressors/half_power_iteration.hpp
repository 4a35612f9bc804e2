#pragma once

#include <cstdint>
#include <vector>

#include "sim/algorithms/compressors/low_rank.hpp"

namespace gradwire::algorithms {

/// PowerSGD as in the authors' newer package (repository epfml/powersgd): half a power iteration
/// each time, alternating sides. With the mean factor of the iteration before, orthonormalised (at
/// first of normal draws), worker m sends Q_m = M_m^T P^, and next time P_m = M_m Q^; joined() is
/// P^ (mean Q)^T or (mean P) Q^^T. An error memory keeps M_m - P^ Q_m^T, of the worker's own
/// factor. Before that, a number of iterations with whole vectors.
class HalfPowerIteration final : public Compressor {
 public:
  HalfPowerIteration(std::vector<FactoredTensor> tensors, std::int64_t dense_steps);

  /// Whether the tensor has at most twice as many entries as an iteration sends on average: sent
  /// whole. The package computes that from the extents of the tensor before it is made a matrix.
  [[nodiscard]] static bool shrinks_too_little(const FactoredTensor& tensor);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::optional<Message> joined(std::span<const Message> messages) const override;
  void receive_joined(const Message& joined) override;
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  std::vector<FactoredTensor> tensors_;
  std::int64_t dense_steps_;
  Vector factor_;  ///< the newest mean factor, not orthonormalised; empty: none yet
};

}  // namespace gradwire::algorithms
