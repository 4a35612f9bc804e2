#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

/// The signs of each bucket, times one scale; sign(0) = +1. With the scale ||v||_1 / d of the
/// bucket, ||v - C(v)||^2 = ||v||^2 - ||v||_1^2 / d.
class Sign final : public Compressor {
 public:
  enum class Scale { none, l1 };  ///< 1, or ||v||_1 / d
  Sign(std::vector<Block> buckets, Scale scale);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<Block> buckets_;
  Scale scale_;
};

inline constexpr Choice scale_choices[] = {{"none", "1, which is not sent"},
                                           {"l1", "the mean magnitude of the bucket's entries"}};
static_assert(has_row_for_each(scale_choices, Sign::Scale::l1));
inline constexpr ChoiceParameter scale_parameter{.key = "scale",
                                                 .help = "factor on the signs of a bucket",
                                                 .choices = scale_choices,
                                                 .default_value = "none"};
extern const CompressorKind sign_kind;

}  // namespace gradwire::algorithms
