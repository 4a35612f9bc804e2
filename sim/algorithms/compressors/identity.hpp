#pragma once

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

/// C(v) = v.
class Identity final : public Compressor {
 public:
  Message compress(std::span<const float> v, const StepContext& step) override;
  Message compress(Update& update, const StepContext& step) override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;
};

extern const CompressorKind identity_kind;

}  // namespace gradwire::algorithms
