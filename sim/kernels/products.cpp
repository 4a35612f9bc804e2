#include "sim/kernels/products.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

// Tiles keep their sums in arrays of vectors, which sizeless vector types do not allow. One of the
// targets without fused multiply-add is enough.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3 | HWY_AVX3_DL)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/products.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/candidate_mask-inl.hpp"
#include "sim/kernels/prefetch.hpp"

// This file is compiled once per target, with -ffp-contract=off: products are fused with sums only
// where fused() is called.

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || \
    (HWY_ARCH_ARM_A64 && HWY_TARGET == HWY_NEON)
/// a b + c, rounded once.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V fused(D, V a, V b, V c) {
  return hn::MulAdd(a, b, c);
}
#else
template <class D, class V = hn::Vec<D>>
HWY_INLINE V fused(D d, V a, V b, V c) {
  using T = hn::TFromD<D>;
  alignas(64) T x[hn::MaxLanes(D())], y[hn::MaxLanes(D())], z[hn::MaxLanes(D())];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, z);
}
#endif

/// Maximum number of rows of a tile: two registers of sums per row must fit.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
constexpr std::size_t tile_rows = 10;
#else
constexpr std::size_t tile_rows = 5;
#endif

/// Block sizes for the L1 cache: rows of the left factor, and steps of the inner index. They do not
/// affect the bits of the result.
constexpr std::size_t rows_together = 60;
constexpr std::size_t inner_together = 64;

/// The left factor of a product: rows of a matrix, or columns of one.
template <class T>
struct RowsOf {
  const T* data;
  std::size_t stride;
  HWY_INLINE T at(std::size_t row, std::size_t k) const { return data[row * stride + k]; }
  HWY_INLINE RowsOf from(std::size_t row) const { return {data + row * stride, stride}; }
};
template <class T>
struct ColumnsOf {
  const T* data;
  std::size_t stride;
  HWY_INLINE T at(std::size_t row, std::size_t k) const { return data[k * stride + row]; }
  HWY_INLINE ColumnsOf from(std::size_t row) const { return {data + row, stride}; }
};

/// Which factor of a product is read once, from memory, so that what comes next is prefetched.
enum class Streams { neither, left, right };

/// Accumulation policies: the initial value of a chain, and what is done with its result. `adds`:
/// old values are read at the end, so those of the next tile are prefetched.
template <class T, Streams of>
struct PartialSum {  // out holds the first part of the chains
  static constexpr bool adds = false;
  static constexpr Streams streams = of;
  template <class D>
  HWY_INLINE hn::Vec<D> begin(D d, const T* out) const {
    return hn::LoadU(d, out);
  }
  template <std::size_t registers, class D>
  HWY_INLINE void end(D d, const hn::Vec<D>* sums, T* out) const {
    for (std::size_t v = 0; v < registers; ++v) hn::StoreU(sums[v], d, out + v * hn::Lanes(d));
  }
};
template <class T>
struct Scaled {
  static constexpr bool adds = false;
  static constexpr Streams streams = Streams::neither;
  T alpha;
  template <class D>
  HWY_INLINE hn::Vec<D> begin(D d, const T*) const {
    return hn::Zero(d);
  }
  template <std::size_t registers, class D>
  HWY_INLINE void end(D d, const hn::Vec<D>* sums, T* out) const {
    for (std::size_t v = 0; v < registers; ++v) {
      hn::StoreU(hn::Mul(hn::Set(d, alpha), sums[v]), d, out + v * hn::Lanes(d));
    }
  }
};
/// What a product is added to: the output's old values, or a sum of other vectors. load(): of
/// `registers` registers from `out` on; prefetch_row(): what it reads for `columns` entries, into
/// the L2 cache.
template <class T>
struct OldOutput {
  template <std::size_t registers, class D>
  HWY_INLINE void load(D d, const T* out, hn::Vec<D>* old) const {
    for (std::size_t v = 0; v < registers; ++v) old[v] = hn::LoadU(d, out + v * hn::Lanes(d));
  }
  HWY_INLINE void prefetch_row(const T* out, std::size_t columns) const {
    prefetch<CacheLevel::second>(out, columns * sizeof(T));
  }
};
struct SumOfTerms {
  std::span<const Weighted> terms;
  const float* first;  ///< the output's entry that belongs to the first of each vector
  template <std::size_t registers, class D>
  HWY_INLINE void load(D d, const float* out, hn::Vec<D>* old) const {
    const Weighted* one = terms.data();
    const Weighted* const end = one + terms.size();
    const std::ptrdiff_t at = out - first;
    const auto product = [&](std::size_t v) HWY_ATTR {
      return hn::Mul(hn::Set(d, one->weight),
                     hn::LoadU(d, one->vector.data() + at + v * hn::Lanes(d)));
    };
    for (std::size_t v = 0; v < registers; ++v) old[v] = product(v);
    for (++one; one != end; ++one) {
      for (std::size_t v = 0; v < registers; ++v) old[v] = hn::Add(old[v], product(v));
    }
  }
  HWY_INLINE void prefetch_row(const float* out, std::size_t columns) const {
    for (const Weighted& one : terms) {
      prefetch<CacheLevel::second>(one.vector.data() + (out - first), columns * sizeof(float));
    }
  }
};

template <class T, class Old = OldOutput<T>>
struct AddScaled {
  static constexpr bool adds = true;
  static constexpr Streams streams = Streams::neither;
  T alpha;
  Old old;
  template <class D>
  HWY_INLINE hn::Vec<D> begin(D d, const T*) const {
    return hn::Zero(d);
  }
  template <std::size_t registers, class D>
  HWY_INLINE void end(D d, const hn::Vec<D>* sums, T* out) const {
    hn::Vec<D> totals[registers];
    add<registers>(d, sums, out, totals);
  }
  /// totals: the new values of out.
  template <std::size_t registers, class D>
  HWY_INLINE void add(D d, const hn::Vec<D>* sums, T* out, hn::Vec<D>* totals) const {
    old.template load<registers>(d, out, totals);
    for (std::size_t v = 0; v < registers; ++v) {
      totals[v] = hn::Add(totals[v], hn::Mul(hn::Set(d, alpha), sums[v]));
      hn::StoreU(totals[v], d, out + v * hn::Lanes(d));
    }
  }
};

/// AddScaled that also marks the sums that are large.
template <class Old>
struct AddScaledAndMark : AddScaled<float, Old> {
  CandidateMask marks;
  const float* first;  ///< the entry of the first mark
  template <std::size_t registers, class D>
  HWY_INLINE void end(D d, const hn::Vec<D>* sums, float* out) const {
    hn::Vec<D> totals[registers];
    this->template add<registers>(d, sums, out, totals);
    for (std::size_t v = 0; v < registers; ++v) {
      const std::uint64_t bits = marks_of(d, totals[v], marks.above);
      const std::size_t at = static_cast<std::size_t>(out - first) + v * hn::Lanes(d);
      std::memcpy(marks.bytes + at / 8, &bits, hn::MaxLanes(D()) / 8);
    }
  }
};

/// The right factor, [inner, columns], and the output; stride: the distance of their rows.
template <class T>
struct Right {
  const T* data;
  std::size_t stride;
  std::size_t inner;
};
template <class T>
struct Out {
  T* data;
  std::size_t stride;
};

/// Prefetches the output lines of a tile for writing, so that they arrive during the
/// multiplication: a third of the time of an accumulated gradient.
template <std::size_t rows, class T>
HWY_INLINE void prefetch_rows(const T* out, std::size_t stride, std::size_t columns) {
  constexpr std::size_t line = vector_alignment / sizeof(T);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < columns; j += line) __builtin_prefetch(out + r * stride + j, 1);
  }
}

/// A tile of `rows` x `registers` sums that stay in registers. What is added to the tile below,
/// which is computed after the rest of this row of tiles, is prefetched as well: where it is in
/// memory and not in a cache, as the error memories of many workers are, the time of one tile is
/// too short. One row per step of the inner index, since simultaneous prefetches would wait for
/// each other. Lines after the end of the matrix belong to the next call's output or are harmless.
template <std::size_t rows, std::size_t registers, class D, class Left, class T, class Use>
HWY_INLINE void tile(D d, Left left, Right<T> right, std::size_t column, Use use, Out<T> out) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> sums[rows][registers];
#pragma GCC unroll 16  // otherwise the sums are kept in memory
  for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (std::size_t v = 0; v < registers; ++v) {
      sums[r][v] = use.begin(d, out.data + r * out.stride + column + v * lanes);
    }
  }
  prefetch_rows<rows>(out.data + column, out.stride, registers * lanes);
  [[maybe_unused]] const auto prefetch_below = [&](std::size_t r) HWY_ATTR {
    if constexpr (Use::adds) {
      const T* below = out.data + (rows + r) * out.stride + column;
      use.old.prefetch_row(below, registers * lanes);
    }
  };
  for (std::size_t r = right.inner; r < rows; ++r) prefetch_below(r);
  const T* b = right.data + column;
  [[maybe_unused]] const std::size_t ahead = inner_together * right.stride;
  for (std::size_t k = 0; k < right.inner; ++k, b += right.stride) {
    if constexpr (Use::streams == Streams::right) {
      prefetch<CacheLevel::first>(b + ahead, registers * lanes * sizeof(T));
    }
    if constexpr (Use::streams == Streams::left) {  // the rows of the tile below, line by line
      prefetch<CacheLevel::second>(left.from(rows).data + k * rows, 1);
    }
    if (k < rows) prefetch_below(k);
    hn::Vec<D> factors[registers];
#pragma GCC unroll 2
    for (std::size_t v = 0; v < registers; ++v) factors[v] = hn::LoadU(d, b + v * lanes);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < rows; ++r) {
      const auto factor = hn::Set(d, left.at(r, k));
#pragma GCC unroll 2
      for (std::size_t v = 0; v < registers; ++v) {
        sums[r][v] = fused(d, factor, factors[v], sums[r][v]);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < rows; ++r) {
    use.template end<registers>(d, sums[r], out.data + r * out.stride + column);
  }
}

/// `rows` rows of all columns, from left to right.
template <std::size_t rows, class Left, class T, class Use>
HWY_INLINE void tiles(Left left, Right<T> right, std::size_t columns, Use use, Out<T> out) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + 2 * lanes <= columns; j += 2 * lanes) tile<rows, 2>(d, left, right, j, use, out);
  for (; j + lanes <= columns; j += lanes) tile<rows, 1>(d, left, right, j, use, out);
  for (; j < columns; ++j) tile<rows, 1>(one, left, right, j, use, out);
}

/// out <- use(left right), [rows, columns].
template <class Left, class T, class Use>
HWY_INLINE void multiply(std::size_t rows, std::size_t columns, Left left, Right<T> right, Use use,
                         Out<T> out) {
  std::size_t r = 0;
  const auto below = [&]() HWY_ATTR { return Out<T>{out.data + r * out.stride, out.stride}; };
  for (; r + tile_rows <= rows; r += tile_rows) {
    tiles<tile_rows>(left.from(r), right, columns, use, below());
  }
  for (; tile_rows > 5 && r + 5 <= rows; r += 5) {
    tiles<5>(left.from(r), right, columns, use, below());
  }
  for (; r + 2 <= rows; r += 2) tiles<2>(left.from(r), right, columns, use, below());
  for (; r < rows; ++r) tiles<1>(left.from(r), right, columns, use, below());
}

template <class T>
constexpr T floor_of(Activation activation) {
  return activation == Activation::relu ? T{0} : -std::numeric_limits<T>::infinity();
}

/// out <- activation(sums), the first `columns` columns of each row.
template <class T>
HWY_INLINE void activate(const T* sums, std::size_t rows, std::size_t columns,
                         Activation activation, Out<T> out) {
  constexpr std::size_t width = Panels<T>::width;
  const T floor = floor_of<T>(activation);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < columns; ++j) {
      const T sum = sums[r * width + j];
      out.data[r * out.stride + j] = sum < floor ? floor : sum;  // propagates NaN
    }
  }
}

/// Some rows of a panel's outputs, `used` columns. The panel is read in blocks: a block stays in
/// the L1 cache until all rows have used it, together with the partial sums.
template <class T>
HWY_INLINE void affine_of_panel(RowsOf<T> left, std::size_t rows, Right<T> right, const T* bias,
                                std::size_t used, Activation activation, Out<T> out) {
  constexpr std::size_t width = Panels<T>::width;
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<T>());
  const std::size_t columns = (used + lanes - 1) / lanes * lanes;
  alignas(64) T sums[rows_together * width] = {};
  for (std::size_t r = 0; r < rows; ++r) std::copy_n(bias, used, sums + r * width);
  for (std::size_t k = 0; k < right.inner; k += inner_together) {
    const std::size_t inner = std::min(inner_together, right.inner - k);
    multiply(rows, columns, RowsOf<T>{left.data + k, left.stride},
             Right<T>{right.data + k * width, width, inner}, PartialSum<T, Streams::right>{},
             Out<T>{sums, width});
  }
  activate(sums, rows, used, activation, out);
}

template <class T>
HWY_INLINE void affine_of(const T* x, std::size_t rows, const Panels<T>& w, const T* bias,
                          Activation activation, T* out) {
  constexpr std::size_t width = Panels<T>::width;
  const std::size_t outputs = w.outputs();
  for (std::size_t first = 0; first < outputs; first += width) {  // the panel stays in the L2 cache
    const Right<T> panel{w.panel(first / width), width, w.inputs()};
    for (std::size_t r = 0; r < rows; r += rows_together) {
      affine_of_panel(RowsOf<T>{x + r * w.inputs(), w.inputs()}, std::min(rows_together, rows - r),
                      panel, bias + first, std::min(width, outputs - first), activation,
                      Out<T>{out + r * outputs + first, outputs});
    }
  }
}

/// out[k][r] <- in[r][k], r < rows; zeros up to `columns`.   in: [rows, n], out: [n, columns]
template <class T>
void transpose_padded(const T* in, std::size_t rows, std::size_t n, std::size_t columns, T* out) {
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t r = 0; r < rows; ++r) out[k * columns + r] = in[r * n + k];
    std::fill(out + k * columns + rows, out + (k + 1) * columns, T{0});
  }
}

/// out^T <- W X^T for at most `columns` rows of x: registers hold samples, so that W is read as it
/// is.   scratch: (inputs + outputs) * columns values
template <class T>
HWY_INLINE void affine_of_rows(const T* x, std::size_t rows, const T* w, std::size_t inputs,
                               const T* bias, std::size_t outputs, Activation activation, T* out,
                               std::size_t columns, T* scratch) {
  transpose_padded(x, rows, inputs, columns, scratch);
  T* const sums = scratch + inputs * columns;
  for (std::size_t j = 0; j < outputs; ++j) std::fill_n(sums + j * columns, columns, bias[j]);
  multiply(outputs, columns, RowsOf<T>{w, inputs}, Right<T>{scratch, columns, inputs},
           PartialSum<T, Streams::left>{}, Out<T>{sums, columns});
  const T floor = floor_of<T>(activation);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < outputs; ++j) {
      const T sum = sums[j * columns + r];
      out[r * outputs + j] = sum < floor ? floor : sum;  // propagates NaN
    }
  }
}

template <class T>
HWY_INLINE void affine_of_plain(const T* x, std::size_t rows, const T* w, std::size_t inputs,
                                const T* bias, std::size_t outputs, Activation activation, T* out) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<T>());
  constexpr std::size_t together = 64;  // inputs of so many samples stay in the L2 cache
  thread_local std::vector<T, AlignedAllocator<T>> scratch;
  for (std::size_t r = 0; r < rows; r += together) {
    const std::size_t some = std::min(together, rows - r);
    const std::size_t columns = (some + lanes - 1) / lanes * lanes;
    scratch.resize((inputs + outputs) * columns);
    affine_of_rows(x + r * inputs, some, w, inputs, bias, outputs, activation, out + r * outputs,
                   columns, scratch.data());
  }
}

template <class T>
HWY_INLINE void transposed_product_of(ColumnsOf<T> left, Right<T> right, T alpha, Into into,
                                      std::size_t rows, Out<T> out) {
  if (into == Into::add) {
    multiply(rows, out.stride, left, right, AddScaled<T>{alpha, {}}, out);
  } else {
    multiply(rows, out.stride, left, right, Scaled<T>{alpha}, out);
  }
}

/// out[k][j] <- in[j][k] for j < Panels<T>::width.   in: row distance `inputs`; out: a panel
template <class T>
HWY_INLINE void transpose_panel(const T* in, std::size_t inputs, T* out) {
  constexpr std::size_t width = Panels<T>::width;
  std::size_t k = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(T) == 4) {
    const hn::Full128<T> d;
    for (; k + 4 <= inputs; k += 4) {
      for (std::size_t j = 0; j < width; j += 4) {
        const T* block = in + j * inputs + k;
        const auto row_0 = hn::LoadU(d, block);
        const auto row_1 = hn::LoadU(d, block + inputs);
        const auto row_2 = hn::LoadU(d, block + 2 * inputs);
        const auto row_3 = hn::LoadU(d, block + 3 * inputs);
        const auto even_low = hn::InterleaveLower(d, row_0, row_2);
        const auto even_high = hn::InterleaveUpper(d, row_0, row_2);
        const auto odd_low = hn::InterleaveLower(d, row_1, row_3);
        const auto odd_high = hn::InterleaveUpper(d, row_1, row_3);
        T* to = out + k * width + j;
        hn::Store(hn::InterleaveLower(d, even_low, odd_low), d, to);
        hn::Store(hn::InterleaveUpper(d, even_low, odd_low), d, to + width);
        hn::Store(hn::InterleaveLower(d, even_high, odd_high), d, to + 2 * width);
        hn::Store(hn::InterleaveUpper(d, even_high, odd_high), d, to + 3 * width);
      }
    }
  }
#endif
  for (; k < inputs; ++k) {
    for (std::size_t j = 0; j < width; ++j) out[k * width + j] = in[j * inputs + k];
  }
}

template <class T>
HWY_INLINE void zero_where_inactive_of(const T* outputs, T* deltas, std::size_t n) {
  const hn::ScalableTag<T> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto inactive = hn::Le(hn::LoadU(d, outputs + i), hn::Zero(d));
    hn::StoreU(hn::IfThenZeroElse(inactive, hn::LoadU(d, deltas + i)), d, deltas + i);
  }
  for (; i < n; ++i) {
    if (outputs[i] <= T{0}) deltas[i] = T{0};
  }
}

// Run-time dispatch needs functions that are not templates.
void transpose_panel_32(const float* in, std::size_t inputs, float* out) {
  transpose_panel(in, inputs, out);
}
void transpose_panel_64(const double* in, std::size_t inputs, double* out) {
  transpose_panel(in, inputs, out);
}
void affine_32(const float* x, std::size_t rows, const Panels<float>& w, const float* bias,
               Activation activation, float* out) {
  affine_of(x, rows, w, bias, activation, out);
}
void affine_of_plain_32(const float* x, std::size_t rows, const float* w, std::size_t inputs,
                        const float* bias, std::size_t outputs, Activation activation, float* out) {
  affine_of_plain(x, rows, w, inputs, bias, outputs, activation, out);
}
void affine_64(const double* x, std::size_t rows, const Panels<double>& w, const double* bias,
               Activation activation, double* out) {
  affine_of(x, rows, w, bias, activation, out);
}
void affine_of_plain_64(const double* x, std::size_t rows, const double* w, std::size_t inputs,
                        const double* bias, std::size_t outputs, Activation activation,
                        double* out) {
  affine_of_plain(x, rows, w, inputs, bias, outputs, activation, out);
}
void product_32(const float* a, std::size_t rows, const float* b, std::size_t n, std::size_t inner,
                float* out) {
  multiply(rows, n, RowsOf<float>{a, inner}, Right<float>{b, n, inner}, Scaled<float>{1},
           Out<float>{out, n});
}
void product_64(const double* a, std::size_t rows, const double* b, std::size_t n,
                std::size_t inner, double* out) {
  multiply(rows, n, RowsOf<double>{a, inner}, Right<double>{b, n, inner}, Scaled<double>{1},
           Out<double>{out, n});
}
void transposed_product_32(const float* a, std::size_t m, const float* b, std::size_t n,
                           std::size_t inner, float alpha, Into into, std::size_t rows,
                           float* out) {
  transposed_product_of(ColumnsOf<float>{a, m}, Right<float>{b, n, inner}, alpha, into, rows,
                        Out<float>{out, n});
}
void add_to_sum_simd(const float* a, std::size_t m, const float* b, std::size_t n,
                     std::size_t inner, float alpha, std::size_t rows,
                     std::span<const Weighted> terms, float* out) {
  multiply(rows, n, ColumnsOf<float>{a, m}, Right<float>{b, n, inner},
           AddScaled<float, SumOfTerms>{alpha, {terms, out}}, Out<float>{out, n});
}
/// Without terms: to the old output.
bool add_and_mark_simd(const float* a, std::size_t m, const float* b, std::size_t n,
                       std::size_t inner, float alpha, std::size_t rows,
                       std::span<const Weighted> terms, CandidateMask marks, float* out) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  if (lanes % 8 != 0 || n % lanes != 0) return false;  // marks are written in whole bytes
  const ColumnsOf<float> left{a, m};
  const Right<float> right{b, n, inner};
  const Out<float> to{out, n};
  if (terms.empty()) {
    multiply(rows, n, left, right, AddScaledAndMark<OldOutput<float>>{{alpha, {}}, marks, out}, to);
  } else {
    multiply(rows, n, left, right, AddScaledAndMark<SumOfTerms>{{alpha, {terms, out}}, marks, out},
             to);
  }
  return true;
}
void transposed_product_64(const double* a, std::size_t m, const double* b, std::size_t n,
                           std::size_t inner, double alpha, Into into, std::size_t rows,
                           double* out) {
  transposed_product_of(ColumnsOf<double>{a, m}, Right<double>{b, n, inner}, alpha, into, rows,
                        Out<double>{out, n});
}
void zero_where_inactive_32(const float* outputs, float* deltas, std::size_t n) {
  zero_where_inactive_of(outputs, deltas, n);
}
void zero_where_inactive_64(const double* outputs, double* deltas, std::size_t n) {
  zero_where_inactive_of(outputs, deltas, n);
}

/// Chains per product of rows: term k goes to chain k mod 8.
constexpr std::size_t chains = 8;
/// Terms per block of products of few rows: ten rows of each factor stay in the L1 cache.
constexpr std::size_t terms_together = 128;
static_assert(terms_together % chains == 0);

/// Adds terms [begin, end), a multiple of `chains`, to the chains of `rows` rows of a with
/// `columns` rows of b.   sums: [rows, stride, chains]
template <std::size_t rows, std::size_t columns>
HWY_INLINE void add_terms(RowsOf<double> a, RowsOf<double> b, std::size_t begin, std::size_t end,
                          double* sums, std::size_t stride) {
  const hn::CappedTag<double, chains> d;
  constexpr std::size_t width = hn::MaxLanes(hn::CappedTag<double, chains>());
  constexpr std::size_t registers = chains / width;
  const auto place = [=](std::size_t i, std::size_t j, std::size_t r)
                         HWY_ATTR { return sums + (i * stride + j) * chains + r * width; };
  hn::Vec<decltype(d)> held[rows][columns][registers];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < rows; ++i) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < columns; ++j) {
#pragma GCC unroll 8
      for (std::size_t r = 0; r < registers; ++r) held[i][j][r] = hn::LoadU(d, place(i, j, r));
    }
  }
  for (std::size_t k = begin; k < end; k += chains) {
#pragma GCC unroll 8
    for (std::size_t r = 0; r < registers; ++r) {
      hn::Vec<decltype(d)> factors[columns];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < columns; ++j) {
        factors[j] = hn::LoadU(d, b.data + j * b.stride + k + r * width);
      }
#pragma GCC unroll 8
      for (std::size_t i = 0; i < rows; ++i) {
        const auto factor = hn::LoadU(d, a.data + i * a.stride + k + r * width);
#pragma GCC unroll 8
        for (std::size_t j = 0; j < columns; ++j) {
          held[i][j][r] = fused(d, factor, factors[j], held[i][j][r]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < rows; ++i) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < columns; ++j) {
#pragma GCC unroll 8
      for (std::size_t r = 0; r < registers; ++r) hn::StoreU(held[i][j][r], d, place(i, j, r));
    }
  }
}

/// add_terms() with the rows of b from `first` on.   sums: [rows, n, chains]
template <std::size_t rows>
HWY_INLINE void add_terms_of_rows(RowsOf<double> a, RowsOf<double> b, std::size_t first,
                                  std::size_t n, std::size_t begin, std::size_t end, double* sums) {
  std::size_t j = first;
  for (; j + 3 <= n; j += 3) add_terms<rows, 3>(a, b.from(j), begin, end, sums + j * chains, n);
  for (; j < n; ++j) add_terms<rows, 1>(a, b.from(j), begin, end, sums + j * chains, n);
}

/// chain_i <- chain_i + chain_{i + half},   i < half
template <std::size_t half>
HWY_INLINE void halve(double* chain) {
  const hn::CappedTag<double, half> d;
  for (std::size_t i = 0; i < half; i += hn::Lanes(d)) {
    hn::StoreU(hn::Add(hn::LoadU(d, chain + i), hn::LoadU(d, chain + i + half)), d, chain + i);
  }
}

/// Adds the last `terms` < `chains` terms of a product to its chains, and returns the chains' sum.
HWY_INLINE double total(double* chain, const double* a, const double* b, std::size_t terms) {
  for (std::size_t i = 0; i < terms; ++i) chain[i] = std::fma(a[i], b[i], chain[i]);
  halve<4>(chain);
  halve<2>(chain);
  halve<1>(chain);
  return chain[0];
}

/// Rows of a that, with three rows of b, need about twelve registers of sums.
constexpr std::size_t rows_at_once = HWY_MAX_BYTES >= 64 ? 4 : 2;

/// sums: [m, n, chains], zeros.  If a == b, computes only the upper triangle and copies the rest.
void products_of_rows_simd(const double* a, std::size_t m, const double* b, std::size_t n,
                           std::size_t inner, double* sums, double* out) {
  const bool same = a == b;
  const std::size_t whole = inner / chains * chains;
  for (std::size_t begin = 0; begin < whole; begin += terms_together) {
    const std::size_t end = std::min(whole, begin + terms_together);
    for (std::size_t i = 0; i < m;) {
      const RowsOf<double> left{a + i * inner, inner};
      const RowsOf<double> right{b, inner};
      const std::size_t first = same ? i / 3 * 3 : 0;
      double* const here = sums + i * n * chains;
      if (i + rows_at_once <= m) {
        add_terms_of_rows<rows_at_once>(left, right, first, n, begin, end, here);
        i += rows_at_once;
      } else {
        add_terms_of_rows<1>(left, right, first, n, begin, end, here);
        ++i;
      }
    }
  }
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const bool known = same && j < i;
      out[i * n + j] = known ? out[j * n + i]
                             : total(sums + (i * n + j) * chains, a + i * inner + whole,
                                     b + j * inner + whole, inner - whole);
    }
  }
}

void widen_simd(const float* in, std::size_t n, double* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, in + i)), d, out + i);
  }
  for (; i < n; ++i) out[i] = in[i];
}

void subtract_widened_simd(const float* in, std::size_t n, double* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto wide = hn::PromoteTo(d, hn::LoadU(half, in + i));
    hn::StoreU(hn::Sub(hn::LoadU(d, out + i), wide), d, out + i);
  }
  for (; i < n; ++i) out[i] -= static_cast<double>(in[i]);
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(transpose_panel_32);
HWY_EXPORT(transpose_panel_64);
HWY_EXPORT(affine_32);
HWY_EXPORT(affine_of_plain_32);
HWY_EXPORT(affine_64);
HWY_EXPORT(affine_of_plain_64);
HWY_EXPORT(product_32);
HWY_EXPORT(product_64);
HWY_EXPORT(transposed_product_32);
HWY_EXPORT(transposed_product_64);
HWY_EXPORT(add_to_sum_simd);
HWY_EXPORT(add_and_mark_simd);
HWY_EXPORT(zero_where_inactive_32);
HWY_EXPORT(zero_where_inactive_64);
HWY_EXPORT(products_of_rows_simd);
HWY_EXPORT(widen_simd);
HWY_EXPORT(subtract_widened_simd);

template <class Real>
constexpr bool is_single = std::is_same_v<Real, float>;

template <class Real>
void transpose_full_panel(const Real* in, std::size_t inputs, Real* out) {
  if constexpr (is_single<Real>) {
    HWY_DYNAMIC_DISPATCH(transpose_panel_32)(in, inputs, out);
  } else {
    HWY_DYNAMIC_DISPATCH(transpose_panel_64)(in, inputs, out);
  }
}

}  // namespace

template <class Real>
void Panels<Real>::pack(std::span<const Real> weights, std::size_t inputs) {
  assert(weights.size() % inputs == 0);
  inputs_ = inputs;
  outputs_ = weights.size() / inputs;
  const std::size_t panels = (outputs_ + width - 1) / width;
  data_.resize(panels * inputs * width);
  for (std::size_t p = 0; p < panels; ++p) {
    Real* out = data_.data() + p * inputs * width;
    const Real* in = weights.data() + p * width * inputs;
    const std::size_t used = std::min(width, outputs_ - p * width);
    if (used == width) {
      transpose_full_panel(in, inputs, out);
    } else {
      for (std::size_t k = 0; k < inputs; ++k, out += width) {
        for (std::size_t j = 0; j < used; ++j) out[j] = in[j * inputs + k];
        std::fill(out + used, out + width, Real{0});
      }
    }
  }
}

template <class Real>
void Panels<Real>::unpack(std::span<Real> weights) const {
  assert(weights.size() == outputs_ * inputs_);
  for (std::size_t j = 0; j < outputs_; ++j) {
    const Real* column = panel(j / width) + j % width;
    for (std::size_t k = 0; k < inputs_; ++k) weights[j * inputs_ + k] = column[k * width];
  }
}

template <class Real>
void affine(std::span<const Real> x, const Panels<Real>& w, std::span<const Real> bias,
            Activation activation, std::span<Real> out) {
  const std::size_t rows = x.size() / w.inputs();
  assert(bias.size() == w.outputs() && out.size() == rows * w.outputs());
  if constexpr (is_single<Real>) {
    HWY_DYNAMIC_DISPATCH(affine_32)(x.data(), rows, w, bias.data(), activation, out.data());
  } else {
    HWY_DYNAMIC_DISPATCH(affine_64)(x.data(), rows, w, bias.data(), activation, out.data());
  }
}

template <class Real>
void affine(std::span<const Real> x, std::span<const Real> w, std::span<const Real> bias,
            Activation activation, std::span<Real> out) {
  const std::size_t inputs = w.size() / bias.size();
  const std::size_t rows = x.size() / inputs;
  assert(w.size() == inputs * bias.size() && out.size() == rows * bias.size());
  if constexpr (is_single<Real>) {
    HWY_DYNAMIC_DISPATCH(affine_of_plain_32)
    (x.data(), rows, w.data(), inputs, bias.data(), bias.size(), activation, out.data());
  } else {
    HWY_DYNAMIC_DISPATCH(affine_of_plain_64)
    (x.data(), rows, w.data(), inputs, bias.data(), bias.size(), activation, out.data());
  }
}

template <class Real>
void product(std::span<const Real> a, std::span<const Real> b, std::size_t inner,
             std::span<Real> out) {
  const std::size_t rows = a.size() / inner;
  const std::size_t n = b.size() / inner;
  assert(out.size() == rows * n);
  if constexpr (is_single<Real>) {
    HWY_DYNAMIC_DISPATCH(product_32)(a.data(), rows, b.data(), n, inner, out.data());
  } else {
    HWY_DYNAMIC_DISPATCH(product_64)(a.data(), rows, b.data(), n, inner, out.data());
  }
}

template <class Real>
void transposed_product(std::span<const Real> a, std::span<const Real> b, std::size_t inner,
                        Real alpha, Into into, std::size_t first_row, std::span<Real> out) {
  const std::size_t m = a.size() / inner;
  const std::size_t n = b.size() / inner;
  const std::size_t rows = out.size() / n;
  assert(out.size() == rows * n && first_row + rows <= m);
  const Real* left = a.data() + first_row;
  if constexpr (is_single<Real>) {
    HWY_DYNAMIC_DISPATCH(transposed_product_32)
    (left, m, b.data(), n, inner, alpha, into, rows, out.data());
  } else {
    HWY_DYNAMIC_DISPATCH(transposed_product_64)
    (left, m, b.data(), n, inner, alpha, into, rows, out.data());
  }
}

void add_to_sum(std::span<const float> a, std::span<const float> b, std::size_t inner, float alpha,
                std::size_t first_row, std::span<const Weighted> terms, std::span<float> out) {
  const std::size_t m = a.size() / inner;
  const std::size_t n = b.size() / inner;
  const std::size_t rows = out.size() / n;
  assert(out.size() == rows * n && first_row + rows <= m && !terms.empty());
  HWY_DYNAMIC_DISPATCH(add_to_sum_simd)
  (a.data() + first_row, m, b.data(), n, inner, alpha, rows, terms, out.data());
}

bool add_and_mark(std::span<const float> a, std::span<const float> b, std::size_t inner,
                  float alpha, std::size_t first_row, std::span<const Weighted> terms,
                  std::span<float> out, CandidateMask marks) {
  const std::size_t m = a.size() / inner;
  const std::size_t n = b.size() / inner;
  const std::size_t rows = out.size() / n;
  assert(out.size() == rows * n && first_row + rows <= m);
  return HWY_DYNAMIC_DISPATCH(add_and_mark_simd)(a.data() + first_row, m, b.data(), n, inner, alpha,
                                                 rows, terms, marks, out.data());
}

template <class Real>
void zero_where_inactive(std::span<const Real> outputs, std::span<Real> deltas) {
  assert(outputs.size() == deltas.size());
  if constexpr (is_single<Real>) {
    HWY_DYNAMIC_DISPATCH(zero_where_inactive_32)(outputs.data(), deltas.data(), deltas.size());
  } else {
    HWY_DYNAMIC_DISPATCH(zero_where_inactive_64)(outputs.data(), deltas.data(), deltas.size());
  }
}

void products_of_rows(std::span<const double> a, std::span<const double> b, std::size_t inner,
                      std::span<double> out) {
  const std::size_t m = a.size() / inner;
  const std::size_t n = b.size() / inner;
  assert(out.size() == m * n);
  thread_local std::vector<double> sums;
  sums.assign(out.size() * HWY_NAMESPACE::chains, 0.0);
  HWY_DYNAMIC_DISPATCH(products_of_rows_simd)
  (a.data(), m, b.data(), n, inner, sums.data(), out.data());
}

void widen(std::span<const float> in, std::span<double> out) {
  assert(in.size() == out.size());
  HWY_DYNAMIC_DISPATCH(widen_simd)(in.data(), in.size(), out.data());
}

void subtract_widened(std::span<const float> in, std::span<double> out) {
  assert(in.size() == out.size());
  HWY_DYNAMIC_DISPATCH(subtract_widened_simd)(in.data(), in.size(), out.data());
}

template class Panels<float>;
template class Panels<double>;
template void affine(std::span<const float>, std::span<const float>, std::span<const float>,
                     Activation, std::span<float>);
template void affine(std::span<const float>, const Panels<float>&, std::span<const float>,
                     Activation, std::span<float>);
template void affine(std::span<const double>, std::span<const double>, std::span<const double>,
                     Activation, std::span<double>);
template void affine(std::span<const double>, const Panels<double>&, std::span<const double>,
                     Activation, std::span<double>);
template void product(std::span<const float>, std::span<const float>, std::size_t,
                      std::span<float>);
template void product(std::span<const double>, std::span<const double>, std::size_t,
                      std::span<double>);
template void transposed_product(std::span<const float>, std::span<const float>, std::size_t, float,
                                 Into, std::size_t, std::span<float>);
template void transposed_product(std::span<const double>, std::span<const double>, std::size_t,
                                 double, Into, std::size_t, std::span<double>);
template void zero_where_inactive(std::span<const float>, std::span<float>);
template void zero_where_inactive(std::span<const double>, std::span<double>);

}  // namespace gradwire
#endif  // HWY_ONCE
