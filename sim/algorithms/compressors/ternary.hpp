#pragma once

#include <optional>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

/// TernGrad (Wen et al., arXiv 1705.07878, Algorithm 1 and section 3.3), in two exchanges:
///   0  each worker sends the scale s_m = max |g| of each bucket, clipped at c sigma: a Dense of L
///      values; it receives s = max_m s_m.
///   1  it sends levels sign(g_i) Bernoulli(min(|g_i|, s_m) / s), times s.
/// The shared scale makes the sum of the levels a whole number in [-M, M], so that the workers
/// receive the mean as a Quantized of M levels each way: ceil(log2(2M + 1)) bits per entry.
/// Without clipping E C(v) = v and E||C(v)||^2 = s ||v||_1 per bucket.
class Ternary final : public Compressor {
 public:
  /// `clip`: c, in standard deviations of a bucket's entries; 0: no clipping.
  Ternary(std::vector<Block> buckets, double clip);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] int exchanges() const override { return 2; }
  [[nodiscard]] Message reduce(int exchange, std::span<const Message> messages) const override;
  Message compress_next(int exchange, const Message& reduced, std::span<const float> v,
                        const StepContext& step) override;
  /// Nullopt if no worker sent, or more than most_levels workers did.
  [[nodiscard]] std::optional<Message> joined(std::span<const Message> messages) const override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<Block> buckets_;
  double clip_;
  std::vector<float> own_scales_;  ///< s_m of each bucket, of the open iteration
};

extern const CompressorKind ternary_kind;

}  // namespace gradwire::algorithms
