#pragma once

#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"

namespace gradwire::algorithms {

/// One bit per entry, and per column of a weight matrix two floats: the mean of the entries that
/// are not negative, and that of the negative ones (0 if there are none). Of all messages with two
/// values per column and these signs it leaves out least: ||v - C(v)|| is at most that of the
/// scaled sign with one bucket per column.
class OneBit final : public Compressor {
 public:
  explicit OneBit(std::vector<Block> columns) : columns_(std::move(columns)) {}

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<Block> columns_;
};

/// The entries that belong to one output, in each tensor: with PyTorch's shapes [out, in] and
/// [out, in, k, k] the first index counts the outputs. A vector or a scalar is one column.
[[nodiscard]] std::vector<Block> columns_of(const Layout& layout);

extern const CompressorKind one_bit_kind;

}  // namespace gradwire::algorithms
