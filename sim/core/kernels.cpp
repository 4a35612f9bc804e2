#include "sim/core/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>

// A sum keeps its lanes in an array of registers, which sizeless vectors do not allow; machines
// that have them run the fixed-width target below them.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/core/kernels.cpp"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

// This file is compiled once a target, and with -ffp-contract=off: a product is rounded before it
// is added, whether or not the target has a fused multiply-add. The tails are plain loops with the
// same roundings.

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void add_scaled_simd(float alpha, const float* x, float* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, alpha);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto product = hn::Mul(factor, hn::LoadU(d, x + i));
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), product), d, y + i);
  }
  for (; i < n; ++i) y[i] += alpha * x[i];
}

void scale_simd(float alpha, const float* x, float* out, std::size_t n) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, alpha);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    hn::StoreU(hn::Mul(factor, hn::LoadU(d, x + i)), d, out + i);
  }
  for (; i < n; ++i) out[i] = alpha * x[i];
}

void subtract_simd(const float* x, float* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    hn::StoreU(hn::Sub(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  }
  for (; i < n; ++i) y[i] -= x[i];
}

/// sum term_i^2 for i < n. term(d, i): the terms from i on, a vector of floats with tag d. Term i
/// is added to lane i mod 32, whatever the registers are; the lanes are then halved five times.
template <class Term>
HWY_INLINE double sum_of_squares(std::size_t n, const Term& term) {
  constexpr std::size_t lanes = 32;
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<float, decltype(d)> d_float;
  constexpr std::size_t width = hn::MaxLanes(hn::CappedTag<double, 8>());
  constexpr std::size_t registers = lanes / width;

  hn::Vec<decltype(d)> sums[registers];
  for (auto& sum : sums) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma GCC unroll 32  // else the sums live in memory
    for (std::size_t r = 0; r < registers; ++r) {
      const auto wide = hn::PromoteTo(d, term(d_float, i + r * width));
      sums[r] = hn::Add(sums[r], hn::Mul(wide, wide));
    }
  }
  alignas(64) double lane[lanes];
  for (std::size_t r = 0; r < registers; ++r) hn::Store(sums[r], d, lane + r * width);
  const hn::CappedTag<float, 1> one;
  for (std::size_t l = 0; i < n; ++i, ++l) {
    const double wide = hn::GetLane(term(one, i));
    lane[l] += wide * wide;
  }
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

double squared_norm_simd(const float* x, std::size_t n) {
  return sum_of_squares(n, [=](auto d, std::size_t i) HWY_ATTR { return hn::LoadU(d, x + i); });
}

double squared_distance_simd(const float* a, const float* b, std::size_t n) {
  return sum_of_squares(n, [=](auto d, std::size_t i) HWY_ATTR {
    return hn::Sub(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
  });
}

bool all_finite_simd(const float* x, std::size_t n) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d_int;
  const auto exponent = hn::Set(d_int, 0x7f800000);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto bits = hn::BitCast(d_int, hn::LoadU(d, x + i));
    if (!hn::AllFalse(d_int, hn::Eq(hn::And(bits, exponent), exponent))) return false;
  }
  for (; i < n; ++i) {
    if ((std::bit_cast<std::uint32_t>(x[i]) & 0x7f800000U) == 0x7f800000U) return false;
  }
  return true;
}

/// Writes, ascending, the i in [begin, end) for which |v_i|, as an integer, is above `above`, and
/// those integers; returns how many. Scribbles over up to a register behind the last ones.
std::size_t entries_above_simd(const float* v, std::size_t begin, std::size_t end,
                               std::int32_t above, std::uint32_t* positions,
                               std::int32_t* magnitudes) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d_int;
  const hn::RebindToUnsigned<decltype(d)> d_position;
  const auto no_sign = hn::Set(d_int, 0x7fffffff);
  const auto bound = hn::Set(d_int, above);
  const auto step = hn::Set(d_position, static_cast<std::uint32_t>(hn::Lanes(d)));
  constexpr std::size_t ahead = 1024;  // floats; a fifth faster where v is not in the cache
  auto position = hn::Iota(d_position, static_cast<std::uint32_t>(begin));
  std::size_t count = 0;
  std::size_t i = begin;
  for (; i + hn::Lanes(d) <= end; i += hn::Lanes(d)) {
    hwy::Prefetch(v + std::min(end, i + ahead));
    const auto magnitude = hn::And(hn::BitCast(d_int, hn::LoadU(d, v + i)), no_sign);
    const auto larger = hn::Gt(magnitude, bound);
    hn::StoreU(hn::Compress(position, hn::RebindMask(d_position, larger)), d_position,
               positions + count);
    hn::StoreU(hn::Compress(magnitude, larger), d_int, magnitudes + count);
    count += hn::CountTrue(d_int, larger);
    position = hn::Add(position, step);
  }
  for (; i < end; ++i) {
    positions[count] = static_cast<std::uint32_t>(i);
    magnitudes[count] = std::bit_cast<std::int32_t>(v[i]) & 0x7fffffff;
    count += magnitudes[count] > above ? 1U : 0U;
  }
  return count;
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(add_scaled_simd);
HWY_EXPORT(scale_simd);
HWY_EXPORT(subtract_simd);
HWY_EXPORT(squared_norm_simd);
HWY_EXPORT(squared_distance_simd);
HWY_EXPORT(all_finite_simd);
HWY_EXPORT(entries_above_simd);

/// |x| as an integer that is ordered as |x| is; NaN is above infinity.
std::int32_t magnitude_of(float x) { return std::bit_cast<std::int32_t>(x) & 0x7fffffff; }

/// The k-th largest, 1 <= k <= m.size(), none negative. Scrambles m. A histogram of 2048 equal
/// steps between the smallest and the largest shows the step it lies in; then only that is kept.
std::int32_t kth_largest(std::span<std::int32_t> m, std::size_t k) {
  for (;;) {
    std::int32_t low = m[0];
    std::int32_t high = m[0];
    for (const std::int32_t x : m) {
      low = std::min(low, x);
      high = std::max(high, x);
    }
    const std::int32_t range = high - low;
    const int width = static_cast<int>(std::bit_width(static_cast<std::uint32_t>(range)));
    const int shift = std::max(0, width - 11);
    std::uint32_t counts[2048] = {};
    for (const std::int32_t x : m) ++counts[(x - low) >> shift];
    std::int32_t bucket = range >> shift;
    for (; counts[bucket] < k; --bucket) k -= counts[bucket];
    if (shift == 0) return low + bucket;
    std::size_t kept = 0;
    for (const std::int32_t x : m) {
      m[kept] = x;
      kept += (x - low) >> shift == bucket ? 1U : 0U;
    }
    m = m.first(kept);
  }
}

/// Entries of v, ascending, that may belong to its k largest. When there is no more room, all but
/// the k largest so far leave; so they are few, and any data takes one pass.
class Candidates {
 public:
  Candidates(std::span<const float> v, std::size_t k)
      : v_(v),
        k_(k),
        capacity_(std::min(v.size(), 3 * k + 4 * shortest_stretch)),
        positions_(std::make_unique_for_overwrite<std::uint32_t[]>(capacity_ + widest_register)),
        magnitudes_(std::make_unique_for_overwrite<std::int32_t[]>(capacity_ + widest_register)),
        scratch_(std::make_unique_for_overwrite<std::int32_t[]>(capacity_)) {}

  /// All those above the bound, or more than k of them and surely the k largest. False if the
  /// bound was so high that there are fewer than k.
  bool collect(std::int32_t bound) {
    count_ = 0;
    for (std::size_t begin = 0; begin < v_.size();) {
      if (capacity_ - count_ < std::min(shortest_stretch, v_.size() - begin)) {
        bound = keep_largest();  // a later equal loses against those already here
      }
      const std::size_t end = std::min(v_.size(), begin + capacity_ - count_);
      count_ += HWY_DYNAMIC_DISPATCH(entries_above_simd)(
          v_.data(), begin, end, bound, positions_.get() + count_, magnitudes_.get() + count_);
      begin = end;
    }
    return count_ >= k_;
  }

  /// Drops all but the k largest, of equal ones the later; returns the smallest magnitude left.
  std::int32_t keep_largest() {
    const auto magnitudes = std::span(magnitudes_.get(), count_);
    std::ranges::copy(magnitudes, scratch_.get());
    const std::int32_t smallest = kth_largest({scratch_.get(), count_}, k_);
    std::size_t equals = k_;  // of these, how many may stay
    for (const std::int32_t magnitude : magnitudes) equals -= magnitude > smallest ? 1U : 0U;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::int32_t magnitude = magnitudes_[i];
      const bool stays_equal = magnitude == smallest && equals > 0;
      equals -= stays_equal ? 1U : 0U;
      positions_[kept] = positions_[i];
      magnitudes_[kept] = magnitude;
      kept += stays_equal || magnitude > smallest ? 1U : 0U;
    }
    count_ = kept;
    return smallest;
  }

  [[nodiscard]] std::span<const std::uint32_t> positions() const {
    return {positions_.get(), count_};
  }

 private:
  /// Entries scanned between two looks at the room left, at least.
  static constexpr std::size_t shortest_stretch = 4096;
  /// Floats in a register of the widest target.
  static constexpr std::size_t widest_register = 16;

  std::span<const float> v_;
  std::size_t k_;
  std::size_t capacity_;
  std::size_t count_ = 0;
  std::unique_ptr<std::uint32_t[]> positions_;
  std::unique_ptr<std::int32_t[]> magnitudes_;
  std::unique_ptr<std::int32_t[]> scratch_;
};

/// A bound that most likely has k or a few more magnitudes of v above it, from a sample whose
/// positions are strided with a jitter (a matrix's rows must not resonate); -1, below all, where
/// sampling does not pay. Costs time when it is wrong, never correctness.
std::int32_t likely_bound(std::span<const float> v, std::size_t k) {
  const std::size_t n = v.size();
  if (n < 16384 || k > n / 8) return -1;
  const std::size_t samples = std::min<std::size_t>(n / 128, 16384);
  const std::size_t stride = n / samples;
  const double expected =
      static_cast<double>(samples) * static_cast<double>(k) / static_cast<double>(n);
  const auto rank = static_cast<std::size_t>(expected + 4.0 * std::sqrt(expected) + 4.0);

  const auto sample = std::make_unique_for_overwrite<std::int32_t[]>(samples);
  for (std::size_t j = 0; j < samples; ++j) {
    const std::uint64_t jitter = static_cast<std::uint32_t>(j * 2654435761U);  // Knuth's hash
    sample[j] = magnitude_of(v[j * stride + static_cast<std::size_t>((jitter * stride) >> 32U)]);
  }
  return kth_largest({sample.get(), samples}, rank) - 1;
}

}  // namespace

void add_scaled(float alpha, std::span<const float> x, std::span<float> y) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(add_scaled_simd)(alpha, x.data(), y.data(), x.size());
}

void scale(float alpha, std::span<const float> x, std::span<float> out) {
  assert(x.size() == out.size());
  HWY_DYNAMIC_DISPATCH(scale_simd)(alpha, x.data(), out.data(), x.size());
}

void subtract(std::span<const float> x, std::span<float> y) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(subtract_simd)(x.data(), y.data(), x.size());
}

double squared_norm(std::span<const float> x) {
  return HWY_DYNAMIC_DISPATCH(squared_norm_simd)(x.data(), x.size());
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  return HWY_DYNAMIC_DISPATCH(squared_distance_simd)(a.data(), b.data(), a.size());
}

bool all_finite(std::span<const float> x) {
  return HWY_DYNAMIC_DISPATCH(all_finite_simd)(x.data(), x.size());
}

void select_largest(std::span<const float> v, std::size_t k, std::uint32_t offset,
                    std::vector<std::uint32_t>& indices) {
  assert(k <= v.size());
  if (k == 0) return;
  const std::size_t before = indices.size();
  indices.resize(before + k);
  const auto chosen = std::span(indices).subspan(before);
  if (k == v.size()) return std::iota(chosen.begin(), chosen.end(), offset);

  Candidates candidates(v, k);
  if (!candidates.collect(likely_bound(v, k))) candidates.collect(-1);
  candidates.keep_largest();
  std::ranges::transform(candidates.positions(), chosen.begin(),
                         [offset](std::uint32_t position) { return offset + position; });
}

}  // namespace gradwire
#endif  // HWY_ONCE
