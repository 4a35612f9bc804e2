#pragma once

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

/// C_nat: each value becomes one of the two nearest powers of two at random (Horvath et al., arXiv
/// 1905.10988, Definition 1). E C(v) = v, E||C(v) - v||^2 <= ||v||^2 / 8. Sent as the sign and the
/// 8 bits of the exponent.
class Natural final : public Compressor {
 public:
  Message compress(std::span<const float> v, const StepContext& step) override;
  Message compress(Update& update, const StepContext& step) override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;
};

extern const CompressorKind natural_kind;

}  // namespace gradwire::algorithms
