#include "sim/kernels/thin_products.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

// Sums are kept in arrays of vectors, which sizeless vector types do not allow.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/thin_products.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

// This file is compiled once per target, with -ffp-contract=off.

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Chains of a sum over a row, whatever the vector width.
constexpr std::size_t chains = 16;
using ChainTag = hn::CappedTag<float, chains>;
constexpr std::size_t chain_lanes = hn::MaxLanes(ChainTag());
constexpr std::size_t chain_registers = chains / chain_lanes;

HWY_INLINE float sum_of_chains(float* lane) {
  for (std::size_t half = chains / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

/// A block of `rows` rows of a times `count` rows of b; out: stride r.
template <std::size_t rows, std::size_t count>
HWY_INLINE void dot_rows(const float* a, const float* b, std::size_t columns, float* out,
                         std::size_t r) {
  const ChainTag d;
  hn::Vec<ChainTag> sums[rows][count][chain_registers];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 16
      for (std::size_t c = 0; c < chain_registers; ++c) sums[i][k][c] = hn::Zero(d);
    }
  }
  std::size_t j = 0;
  for (; j + chains <= columns; j += chains) {
#pragma GCC unroll 16
    for (std::size_t c = 0; c < chain_registers; ++c) {
      const std::size_t at = j + c * chain_lanes;
      hn::Vec<ChainTag> factors[count];
#pragma GCC unroll 4
      for (std::size_t k = 0; k < count; ++k) factors[k] = hn::LoadU(d, b + k * columns + at);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < rows; ++i) {
        const auto entries = hn::LoadU(d, a + i * columns + at);
#pragma GCC unroll 4
        for (std::size_t k = 0; k < count; ++k) {
          sums[i][k][c] = hn::Add(sums[i][k][c], hn::Mul(entries, factors[k]));
        }
      }
    }
  }
  HWY_ALIGN float lane[chains];
#pragma GCC unroll 4
  for (std::size_t i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 16
      for (std::size_t c = 0; c < chain_registers; ++c) {
        hn::Store(sums[i][k][c], d, lane + c * chain_lanes);
      }
      for (std::size_t t = j; t < columns; ++t) {
        lane[t - j] += a[i * columns + t] * b[k * columns + t];
      }
      out[i * r + k] = sum_of_chains(lane);
    }
  }
}

/// `rows` rows of a times all rows of b.
template <std::size_t rows>
HWY_INLINE void dot_all(const float* a, const float* b, std::size_t columns, float* out,
                        std::size_t r) {
  std::size_t k = 0;
  for (; k + 2 <= r; k += 2) dot_rows<rows, 2>(a, b + k * columns, columns, out + k, r);
  if (k < r) dot_rows<rows, 1>(a, b + k * columns, columns, out + k, r);
}

void products_with_rows_simd(const float* a, const float* b, std::size_t n, std::size_t columns,
                             std::size_t r, float* out) {
  constexpr std::size_t together = 2;
  std::size_t i = 0;
  for (; i + together <= n; i += together) {
    dot_all<together>(a + i * columns, b, columns, out + i * r, r);
  }
  for (; i < n; ++i) dot_all<1>(a + i * columns, b, columns, out + i * r, r);
}

/// Registers of one row of a that are processed together.
constexpr std::size_t ahead = 4;

/// out_kj <- out_kj + sum_i c_ik a_ij for `rows` rows, `count` values of k and `registers`
/// registers of columns from j on.
template <std::size_t count, std::size_t registers, class D>
HWY_INLINE void add_rows(D d, const float* c, std::size_t r, const float* a, std::size_t rows,
                         std::size_t columns, float* out) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> sums[count][registers];
#pragma GCC unroll 4
  for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) {
      sums[k][v] = hn::LoadU(d, out + k * columns + v * lanes);
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    hn::Vec<D> entries[registers];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) {
      entries[v] = hn::LoadU(d, a + i * columns + v * lanes);
    }
#pragma GCC unroll 4
    for (std::size_t k = 0; k < count; ++k) {
      const auto factor = hn::Set(d, c[i * r + k]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < registers; ++v) {
        sums[k][v] = hn::Add(sums[k][v], hn::Mul(factor, entries[v]));
      }
    }
  }
#pragma GCC unroll 4
  for (std::size_t k = 0; k < count; ++k) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) {
      hn::StoreU(sums[k][v], d, out + k * columns + v * lanes);
    }
  }
}

template <std::size_t count>
HWY_INLINE void add_rows_to_all_columns(const float* c, std::size_t r, const float* a,
                                        std::size_t rows, std::size_t columns, float* out) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + ahead * lanes <= columns; j += ahead * lanes) {
    add_rows<count, ahead>(d, c, r, a + j, rows, columns, out + j);
  }
  for (; j + lanes <= columns; j += lanes) {
    add_rows<count, 1>(d, c, r, a + j, rows, columns, out + j);
  }
  for (; j < columns; ++j) add_rows<count, 1>(one, c, r, a + j, rows, columns, out + j);
}

/// In blocks of rows, which stay in the L1 cache while all k use them.
void products_with_columns_simd(const float* c, const float* a, std::size_t n, std::size_t columns,
                                std::size_t r, float* out) {
  constexpr std::size_t together = 8;
  std::fill_n(out, r * columns, 0.0F);
  for (std::size_t i = 0; i < n; i += together) {
    const std::size_t rows = std::min(together, n - i);
    const float* const block = a + i * columns;
    std::size_t k = 0;
    for (; k + 2 <= r; k += 2) {
      add_rows_to_all_columns<2>(c + i * r + k, r, block, rows, columns, out + k * columns);
    }
    if (k < r) {
      add_rows_to_all_columns<1>(c + i * r + k, r, block, rows, columns, out + k * columns);
    }
  }
}

/// y_j <- y_j + sign sum_k left_k right_kj for the lanes of `registers` registers.
template <std::size_t registers, class D>
HWY_INLINE void add_terms(D d, float sign, const float* left, const float* right, std::size_t r,
                          std::size_t columns, float* y) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> terms[registers];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < registers; ++v) {
    terms[v] = hn::Mul(hn::Set(d, left[0]), hn::LoadU(d, right + v * lanes));
  }
  for (std::size_t k = 1; k < r; ++k) {
    const auto factor = hn::Set(d, left[k]);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) {
      terms[v] = hn::Add(terms[v], hn::Mul(factor, hn::LoadU(d, right + k * columns + v * lanes)));
    }
  }
#pragma GCC unroll 4
  for (std::size_t v = 0; v < registers; ++v) {  // the product with the sign is exact
    const auto sum = hn::Add(hn::LoadU(d, y + v * lanes), hn::Mul(hn::Set(d, sign), terms[v]));
    hn::StoreU(sum, d, y + v * lanes);
  }
}

/// A part of one row: `count` entries.
void add_row_simd(float sign, const float* left, const float* right, std::size_t r,
                  std::size_t columns, float* y, std::size_t count) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + ahead * lanes <= count; j += ahead * lanes) {
    add_terms<ahead>(d, sign, left, right + j, r, columns, y + j);
  }
  for (; j + lanes <= count; j += lanes) {
    add_terms<1>(d, sign, left, right + j, r, columns, y + j);
  }
  for (; j < count; ++j) add_terms<1>(one, sign, left, right + j, r, columns, y + j);
}

/// From column `column` of the first row of `left` on.
void add_product_simd(float sign, const float* left, const float* right, std::size_t r,
                      std::size_t columns, std::size_t column, float* y, std::size_t size) {
  while (size > 0) {
    const std::size_t count = std::min(size, columns - column);
    add_row_simd(sign, left, right + column, r, columns, y, count);
    left += r;
    y += count;
    size -= count;
    column = 0;
  }
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(products_with_rows_simd);
HWY_EXPORT(products_with_columns_simd);
HWY_EXPORT(add_product_simd);

}  // namespace

void products_with_rows(std::span<const float> a, std::span<const float> b, std::size_t columns,
                        std::span<float> out) {
  if (columns == 0) {
    std::ranges::fill(out, 0.0F);
    return;
  }
  assert(a.size() % columns == 0 && b.size() % columns == 0);
  const std::size_t n = a.size() / columns;
  const std::size_t r = b.size() / columns;
  assert(out.size() == n * r);
  HWY_DYNAMIC_DISPATCH(products_with_rows_simd)(a.data(), b.data(), n, columns, r, out.data());
}

void products_with_columns(std::span<const float> c, std::span<const float> a, std::size_t columns,
                           std::span<float> out) {
  if (columns == 0) return;
  assert(a.size() % columns == 0 && out.size() % columns == 0);
  const std::size_t n = a.size() / columns;
  const std::size_t r = out.size() / columns;
  assert(c.size() == n * r);
  HWY_DYNAMIC_DISPATCH(products_with_columns_simd)
  (c.data(), a.data(), n, columns, r, out.data());
}

void add_product(float sign, const Product& product, std::size_t first, std::span<float> y) {
  assert(product.right.size() == product.inner * product.columns);
  if (product.inner == 0 || y.empty()) return;
  const std::size_t row = first / product.columns;
  assert(first + y.size() <= product.left.size() / product.inner * product.columns);
  HWY_DYNAMIC_DISPATCH(add_product_simd)
  (sign, product.left.data() + row * product.inner, product.right.data(), product.inner,
   product.columns, first % product.columns, y.data(), y.size());
}

}  // namespace gradwire
#endif  // HWY_ONCE
