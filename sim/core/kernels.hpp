#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "sim/core/watcher.hpp"

namespace gradwire {

// The loops over vectors that a simulation spends its own time in. SIMD by run-time dispatch; every
// result is the same to the bit whatever the machine's vector width (sums go through a fixed number
// of double-precision lanes in a fixed order).

/// y <- y + alpha x, rounded after the product and after the sum (no fused multiply-add).
void add_scaled(float alpha, std::span<const float> x, std::span<float> y);
/// The same, and marks of what y becomes.
void add_scaled_and_mark(float alpha, std::span<const float> x, std::span<float> y, Marks marks);
/// out <- alpha x.
void scale(float alpha, std::span<const float> x, std::span<float> out);
/// y <- y - x.
void subtract(std::span<const float> x, std::span<float> y);
/// sum x_i^2, in double precision.
[[nodiscard]] double squared_norm(std::span<const float> x);
/// sum (a_i - b_i)^2: differences in single precision, squares and sum in double.
[[nodiscard]] double squared_distance(std::span<const float> a, std::span<const float> b);
/// squared_distance() of vectors that come block by block, to the bit.
class SquaredDistance {
 public:
  /// The next entries. All blocks but the last are multiples of `block_multiple`.
  void add(std::span<const float> a, std::span<const float> b);
  [[nodiscard]] double total() const;

  static constexpr std::size_t block_multiple = 32;

 private:
  friend void take_step(float alpha, std::span<const float> theta, std::span<float> sum,
                        std::span<float> next, SquaredDistance& moved);
  std::array<double, block_multiple> lanes_{};
};
/// What a model's step is made of, in one pass:  next <- theta + alpha sum, rounded as add_scaled()
/// does; `moved` goes on with next and theta; sum <- 0. next may be theta.
void take_step(float alpha, std::span<const float> theta, std::span<float> sum,
               std::span<float> next, SquaredDistance& moved);
/// No NaN and no infinity.
[[nodiscard]] bool all_finite(std::span<const float> x);

}  // namespace gradwire
