#pragma once

#include <cstddef>
#include <span>

namespace gradwire {

// Products of a large matrix with few vectors, and of two thin factors. Matrices are row-major and
// contiguous. SIMD by run-time dispatch; a product is rounded before it is added, and the order of
// every sum is fixed, so that results are bit-identical for all vector widths.

/// out_ik <- sum_j a_ij b_kj. Term j goes to chain j mod 16; the chains are summed by halving four
/// times.   a: [n, columns], b: [r, columns], out: [n, r]
void products_with_rows(std::span<const float> a, std::span<const float> b, std::size_t columns,
                        std::span<float> out);

/// out_kj <- sum_i c_ik a_ij, one chain in ascending i.   c: [n, r], a: [n, columns],
/// out: [r, columns]
void products_with_columns(std::span<const float> c, std::span<const float> a, std::size_t columns,
                           std::span<float> out);

/// The matrix sum_k left_ik right_kj, one chain in ascending k.
struct Product {
  std::span<const float> left;   ///< [rows, inner]
  std::span<const float> right;  ///< [inner, columns]
  std::size_t inner = 0;         ///< r
  std::size_t columns = 0;
};

/// y <- y + sign times the entries [first, first + y.size()) of the product, row by row; sign is 1
/// or -1.
void add_product(float sign, const Product& product, std::size_t first, std::span<float> y);

}  // namespace gradwire
