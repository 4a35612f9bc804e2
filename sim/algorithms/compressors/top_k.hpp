#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/compressors/kept_values.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/core/layout.hpp"
#include "sim/kernels/largest.hpp"

namespace gradwire::algorithms {

/// T_k: the k entries largest in magnitude of each block (of equal ones the lowest index first).
class TopK final : public Compressor {
 public:
  struct Config {
    Layout layout;
    double density = 0.01;  ///< k/d, in (0, 1]
    Selection selection = Selection::per_tensor;
    KeptValueCoding values{};
  };
  /// Throws std::invalid_argument for a density outside (0, 1].
  explicit TopK(const Config& config);

  /// Sparse, with the bits of v in the entries sent, unless these are coded. Selection is exact.
  ///   v: [d]
  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  std::unique_ptr<ObservedCompression> observe(std::span<const float> v,
                                               const StepContext& step) override;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

  /// The blocks in which it selects, and their k_l.
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

 private:
  std::vector<Block> blocks_;
  KeptValueCoding values_;
  std::vector<SelectionGuess> guesses_;  ///< one per block; affects only speed
};

extern const CompressorKind top_k_kind;

}  // namespace gradwire::algorithms
