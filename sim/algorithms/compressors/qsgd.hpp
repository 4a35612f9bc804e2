#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/kernels/quantise.hpp"

namespace gradwire::algorithms {

/// Q_s of each bucket of d entries: Q_i = norm sign(v_i) xi_i / s with random xi_i in {0 .. s}, so
/// that E Q = v (Alistarh et al., arXiv 1610.02132, eq. 4). With the 2-norm
/// E||Q - v||^2 <= min(d/s^2, sqrt(d)/s) ||v||^2, and E nnz <= s (s + sqrt(d)); the bound of the
/// error holds with the largest magnitude as the norm too, which is at most the 2-norm.
///
/// As a contraction: Q / tau with tau = 1 + min(d/s^2, sqrt(d)/s), which is biased, but
/// E||Q / tau - v||^2 <= (1 - 1/tau) ||v||^2 (Koloskova et al., arXiv 1902.00340).
class Qsgd final : public Compressor {
 public:
  enum class Norm { l2, max };
  /// s: 1 to most_levels.
  Qsgd(std::vector<Block> buckets, int s, Norm norm, bool contraction = false);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<Block> buckets_;
  int s_;
  Norm norm_;
  bool contraction_;
};

inline constexpr WholeParameter levels_parameter{
    .key = "levels",
    .help = "s, the largest level of a quantised value",
    .range = {1, most_levels},
    .default_value = 4};
extern const CompressorKind qsgd_kind;

}  // namespace gradwire::algorithms
