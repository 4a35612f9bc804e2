#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "sim/kernels/write_observer.hpp"

namespace gradwire {

// Vector loops that dominate the simulator's own run time. SIMD by run-time dispatch; every result
// is bit-identical for all vector widths (sums use a fixed number of double-precision lanes in a
// fixed order).

/// y <- y + alpha x, rounded after the product and after the sum (no fused multiply-add).
void add_scaled(float alpha, std::span<const float> x, std::span<float> y);
/// add_scaled(), and marks the entries of the new y whose magnitude is above marks.above.
void add_scaled_and_mark(float alpha, std::span<const float> x, std::span<float> y,
                         CandidateMask marks);
/// y <- y + alpha x; out <- y + z; rounded after the product and after each sum. Large vectors are
/// read and written once.
void add_scaled_and_sum(float alpha, std::span<const float> x, std::span<float> y,
                        std::span<const float> z, std::span<float> out);
/// out <- alpha x.
void scale(float alpha, std::span<const float> x, std::span<float> out);
/// y <- y - x.
void subtract(std::span<const float> x, std::span<float> y);
/// sum x_i^2, in double precision.
[[nodiscard]] double squared_norm(std::span<const float> x);
/// sum |x_i|, in double precision.
[[nodiscard]] double sum_of_magnitudes(std::span<const float> x);
/// Sums of the entries that are below 0, and of the others, in double precision.
struct SumsBySign {
  double negative = 0;
  double others = 0;
  std::size_t negatives = 0;  ///< number of entries below 0
};
[[nodiscard]] SumsBySign sums_by_sign(std::span<const float> x);
/// max |x_i|; NaN if x contains one, 0 if x is empty.
[[nodiscard]] float largest_magnitude(std::span<const float> x);
/// sum (a_i - b_i)^2: differences in single precision, squares and sum in double.
[[nodiscard]] double squared_distance(std::span<const float> a, std::span<const float> b);
/// squared_distance() of vectors that are given block by block, bit-identical.
class SquaredDistance {
 public:
  /// Adds the next entries. The size of every block but the last is a multiple of `block_multiple`.
  void add(std::span<const float> a, std::span<const float> b);
  [[nodiscard]] double total() const;

  static constexpr std::size_t block_multiple = 32;

 private:
  friend void take_step(float alpha, std::span<const float> theta, std::span<float> sum,
                        std::span<float> next, SquaredDistance& moved);
  std::array<double, block_multiple> lanes_{};
};
/// The step of a model in one pass: next <- theta + alpha sum, rounded as in add_scaled();
/// moved.add(next, theta); sum <- 0. next may be theta.
void take_step(float alpha, std::span<const float> theta, std::span<float> sum,
               std::span<float> next, SquaredDistance& moved);
/// True if x contains no NaN and no infinity.
[[nodiscard]] bool all_finite(std::span<const float> x);

}  // namespace gradwire
