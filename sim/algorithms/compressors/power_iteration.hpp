#pragma once

#include <vector>

#include "sim/algorithms/compressors/low_rank.hpp"

namespace gradwire::algorithms {

/// PowerSGD as in the paper and its research code (Vogels et al., arXiv 1905.13727). With M_m
/// worker m's matrix of a tensor and Q the mean right factor of the iteration before (normal draws
/// at first), the exchanges of an iteration are:
///   left   P_m = M_m Q, of which all receive the mean; P^ has its orthonormalised columns
///   rest   the entries of the other tensors, of which all receive the mean; left out if none
///   right  Q_m = M_m^T P^; joined() is P^ (mean Q)^T and the mean rest
/// If the mean of M_m has rank r or less, joined() is that mean. An error memory keeps
/// M_m - P^ (mean Q)^T, and nothing of the rest.
class PowerIteration final : public Compressor {
 public:
  /// d: number of entries of the vectors.
  PowerIteration(std::vector<FactoredTensor> tensors, std::size_t d);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] int exchanges() const override { return static_cast<int>(stages_.size()); }
  [[nodiscard]] Message reduce(int exchange, std::span<const Message> messages) const override;
  Message compress_next(int exchange, const Message& reduced, std::span<const float> v,
                        const StepContext& step) override;
  [[nodiscard]] std::optional<Message> joined(std::span<const Message> messages) const override;
  void receive_joined(const Message& joined) override;
  [[nodiscard]] bool error_is_of_joined() const override { return true; }
  void subtract_joined(const Message& joined, std::span<float> v) const override;
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  enum class Stage { left, rest, right };
  /// The message of an exchange of this kind.
  Message of_stage(Stage stage, std::span<const float> v);

  std::vector<FactoredTensor> tensors_;
  std::vector<Stage> stages_;  ///< of the exchanges
  Vector right_;               ///< Q; empty before the first iteration
  Vector left_;                ///< P^ of the open iteration
};

}  // namespace gradwire::algorithms
