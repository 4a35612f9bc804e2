#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/parameter.hpp"

namespace gradwire::algorithms {

/// Each entry of a bucket as the nearest of 2^b values that are equally far apart (LAQ, arXiv
/// 1909.07588): with R = ||v||_inf and tau = 1 / (2^b - 1)
///   idx_i = floor((v_i + R) / (2 tau R) + 1/2),   C(v)_i = 2 tau R idx_i - R = tau R level_i
/// with odd levels from -(2^b - 1) to 2^b - 1. |v_i - C(v)_i| <= tau R, up to the roundings of
/// single precision, 2^-22 R. An R so small that (2^b - 1) / R is not finite counts as 0.
class Grid final : public Compressor {
 public:
  static constexpr int most_bits = 15;
  /// bits: b, 1 to most_bits.
  Grid(std::vector<Block> buckets, int bits);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<Block> buckets_;
  int s_;  ///< 2^b - 1
};

inline constexpr WholeParameter bits_parameter{.key = "bits",
                                               .help = "b; a value is one of 2^b",
                                               .range = {1, Grid::most_bits, "bits"},
                                               .default_value = 4};

extern const CompressorKind grid_kind;

}  // namespace gradwire::algorithms
