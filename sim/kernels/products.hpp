#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/kernels/vector.hpp"
#include "sim/kernels/weighted_sum.hpp"
#include "sim/kernels/write_observer.hpp"

namespace gradwire {

// Matrix products of a fully connected layer and few samples. Every element is one chain of fused
// multiply-adds over the inner index in ascending order, as in the plain loop
//   c <- fma(a_k, b_k, c),   k = 0, 1, ...
// whatever the machine, its vector width and the tiles. A product of a subset of the rows therefore
// has the bits of these rows in the product of all rows. Matrices are row-major and contiguous;
// Real is float, or double for the reference of the tests. SIMD by run-time dispatch; a processor
// without fused multiply-add computes the same bits, slowly.

/// A layer's weights W [outputs, inputs] in the order in which affine() reads them: panels of
/// `width` outputs, each [inputs, width], the last one padded with zeros.
template <class Real>
class Panels {
 public:
  static constexpr std::size_t width = 32;

  /// Packs W, [outputs, inputs]; reuses the memory.
  void pack(std::span<const Real> weights, std::size_t inputs);
  /// The inverse of pack(): writes W, [outputs, inputs].
  void unpack(std::span<Real> weights) const;

  [[nodiscard]] std::size_t inputs() const { return inputs_; }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  /// The panel of outputs [i width, (i + 1) width).
  [[nodiscard]] const Real* panel(std::size_t i) const {
    return data_.data() + i * inputs_ * width;
  }

 private:
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  std::vector<Real, AlignedAllocator<Real>> data_;
};

enum class Activation { none, relu };

/// out <- activation(X W^T + bias), each chain starting with the bias.
/// x: [R, inputs], bias: [outputs], out: [R, outputs]. ReLU propagates NaN.
template <class Real>
void affine(std::span<const Real> x, const Panels<Real>& w, std::span<const Real> bias,
            Activation activation, std::span<Real> out);
/// The same with W, [outputs, inputs], as it is, which costs less than packing it for one product.
template <class Real>
void affine(std::span<const Real> x, std::span<const Real> w, std::span<const Real> bias,
            Activation activation, std::span<Real> out);

/// out <- A B.   a: [R, inner], b: [inner, n], out: [R, n]
template <class Real>
void product(std::span<const Real> a, std::span<const Real> b, std::size_t inner,
             std::span<Real> out);

/// Whether a result replaces the output or is added to it.
enum class Into { replace, add };

/// out <- alpha A^T B, or out + alpha A^T B; rounded after the product with alpha and after the
/// sum: bit-identical to scale() or add_scaled() of the product. Computes only the rows of A^T B
/// from `first_row` on, as many as out has.   a: [inner, m], b: [inner, n], out: [rows, n]
template <class Real>
void transposed_product(std::span<const Real> a, std::span<const Real> b, std::size_t inner,
                        Real alpha, Into into, std::size_t first_row, std::span<Real> out);

/// out <- sum of the terms + alpha A^T B: bit-identical to weighted_sum() and then
/// transposed_product() with Into::add.   terms: at least one vector of out's size, of which out
/// may be the first
void add_to_sum(std::span<const float> a, std::span<const float> b, std::size_t inner, float alpha,
                std::size_t first_row, std::span<const Weighted> terms, std::span<float> out);

/// add_to_sum(), or without terms transposed_product() with Into::add, and marks of the results:
/// row r starts at byte r n / 8. Returns false, without any effect, if this machine cannot mark
/// rows of n entries in the kernel.
bool add_and_mark(std::span<const float> a, std::span<const float> b, std::size_t inner,
                  float alpha, std::size_t first_row, std::span<const Weighted> terms,
                  std::span<float> out, CandidateMask marks);

/// delta_i <- 0 where output_i <= 0: the backward pass of ReLU. Where the output is NaN, delta is
/// unchanged.
template <class Real>
void zero_where_inactive(std::span<const Real> outputs, std::span<Real> deltas);

/// out_ij <- sum_k a_ik b_jk, in double precision; term k goes to chain k mod 8, and the eight
/// chains are summed by halving three times.   a: [m, inner], b: [n, inner], out: [m, n]
void products_of_rows(std::span<const double> a, std::span<const double> b, std::size_t inner,
                      std::span<double> out);

/// out <- in, in double precision.   in, out: [n]
void widen(std::span<const float> in, std::span<double> out);
/// out <- out - in, in double precision.   in, out: [n]
void subtract_widened(std::span<const float> in, std::span<double> out);

}  // namespace gradwire
