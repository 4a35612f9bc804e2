#pragma once

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

/// All values, rounded to the nearest of a format of 16 bits.
class Half final : public Compressor {
 public:
  /// `format`: float16 or bfloat16.
  explicit Half(ValueFormat format) : format_(format) {}

  Message compress(std::span<const float> v, const StepContext& step) override;
  Message compress(Update& update, const StepContext& step) override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  ValueFormat format_;
};

extern const CompressorKind half_kind;

}  // namespace gradwire::algorithms
