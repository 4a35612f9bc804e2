#pragma once

#include <cstddef>
#include <vector>

#include "sim/algorithms/compressors/low_rank.hpp"

namespace gradwire::algorithms {

/// ATOMO with singular vectors as atoms (Wang et al., arXiv 1806.04090): each tensor as a matrix
/// sum_i s_i u_i v_i^T, of which term i is kept with probability p_i = min(1, r s_i / sum_j s_j),
/// independently; if none is kept, all are drawn again. A term is kept with probability
/// p_i / (1 - P0) then, P0 = prod_j (1 - p_j), and its value divided by that, so that E C(v) = v.
/// The authors' code divides by p_i alone: its expectation is v / (1 - P0).
class Atomo final : public Compressor {
 public:
  /// tensors: with their largest ranks.
  Atomo(std::vector<FactoredTensor> tensors, double rank);

  Message compress(std::span<const float> v, const StepContext& step) override;
  using Compressor::compress;
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;

 private:
  std::vector<FactoredTensor> tensors_;
  double rank_;
};

/// The tensors as matrices in the shapes of the authors' code: n entries as n/2 x 2; [a, b, c, ...]
/// as (a b / 2) x (2 c ...), or as a x b where all of c, ... are 1. Where their code cannot halve:
/// an odd number of entries in one dimension is left out (sent as it is), and an odd a b gives
/// (a b) x (c ...). Ranks are min(n, m).
[[nodiscard]] std::vector<FactoredTensor> atomo_matrices(const Layout& layout);

/// p_i = min(1, r s_i / sum_j s_j); if all s are 0, p_0 = 1.
[[nodiscard]] std::vector<double> atomo_probabilities(std::span<const double> s, double r);

extern const CompressorKind atomo_kind;

}  // namespace gradwire::algorithms
