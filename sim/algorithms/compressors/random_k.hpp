#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/compressors/kept_values.hpp"

namespace gradwire::algorithms {

/// k entries of each block, drawn without replacement: every set of k positions is equally likely.
/// E||v - C(v)||^2 = (1 - k/d) ||v||^2 without scaling; E C(v) = v with it.
class RandomK final : public Compressor {
 public:
  /// `is_unbiased`: the entries sent are multiplied by d_l/k_l. `is_common`: all workers draw the
  /// same positions in an iteration.
  RandomK(std::vector<Block> blocks, bool is_unbiased, KeptValueCoding values = {},
          bool is_common = false);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<Block> blocks_;
  bool is_unbiased_;
  KeptValueCoding values_;
  bool is_common_;
};

/// Whether the messages of all workers in an iteration have the same positions and exact values, so
/// that their sum has no more entries than each.
[[nodiscard]] bool draws_common_positions(const AlgorithmConfig& config);

extern const CompressorKind random_k_kind;

}  // namespace gradwire::algorithms
