#pragma once

#include <cstddef>
#include <span>

#include "sim/kernels/random_bits.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// n independent draws of the standard normal distribution (Box-Muller), functions of the key.
[[nodiscard]] Vector normal_draws(const RandomKey& key, std::size_t n);

/// Replaces the columns of a by orthonormal ones that span the same space: Gram-Schmidt in double
/// precision, each column orthogonalised twice. A column of which less than 2^-20 is independent of
/// those before it (all of them, if a is 0) is replaced by a random direction, so that the result
/// is always orthonormal and no direction of a power iteration is lost for good. NaN and infinity
/// propagate.   a: [n, r] row by row, r <= n
void orthonormalise_columns(std::span<float> a, std::size_t r, const RandomKey& key);
/// The same for the rows of a, [r, n].
void orthonormalise_rows(std::span<float> a, std::size_t n, const RandomKey& key);

}  // namespace gradwire::algorithms
