#include "sim/kernels/ternary.hpp"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "sim/kernels/kth_largest.hpp"

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/ternary.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/random_bits-inl.hpp"

// Compiled once per target, with -ffp-contract=off, as arithmetic.cpp.

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Lanes of the sums: few enough for the registers of every target.
constexpr std::size_t sum_lanes = 16;

/// The square of a float is exact in double precision, so a fused multiply-add has the bits of
/// product and sum.
Moments moments_simd(const float* v, std::size_t n) {
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<float, decltype(d)> d_float;
  const hn::RebindToSigned<decltype(d_float)> d_int;
  constexpr std::size_t width = hn::MaxLanes(hn::CappedTag<double, 8>());
  constexpr std::size_t registers = sum_lanes / width;

  hn::Vec<decltype(d)> sums[registers];
  hn::Vec<decltype(d)> squares[registers];
  for (std::size_t r = 0; r < registers; ++r) sums[r] = squares[r] = hn::Zero(d);
  const auto no_sign = hn::Set(d_int, 0x7fffffff);
  auto largest_of_lane = hn::Zero(d_int);
  std::size_t i = 0;
  for (; i + sum_lanes <= n; i += sum_lanes) {
#pragma GCC unroll 16  // otherwise the sums are kept in memory
    for (std::size_t r = 0; r < registers; ++r) {
      const auto entries = hn::LoadU(d_float, v + i + r * width);
      const auto wide = hn::PromoteTo(d, entries);
      sums[r] = hn::Add(sums[r], wide);
      squares[r] = hn::MulAdd(wide, wide, squares[r]);
      const auto magnitude = hn::And(hn::BitCast(d_int, entries), no_sign);
      largest_of_lane = hn::Max(largest_of_lane, magnitude);
    }
  }
  double sum[sum_lanes];
  double square[sum_lanes];
  for (std::size_t r = 0; r < registers; ++r) {
    hn::StoreU(sums[r], d, sum + r * width);
    hn::StoreU(squares[r], d, square + r * width);
  }
  std::int32_t largest = hn::GetLane(hn::MaxOfLanes(d_int, largest_of_lane));
  for (std::size_t l = 0; i < n; ++i, ++l) {
    const double wide = v[i];
    sum[l] += wide;
    square[l] += wide * wide;
    largest = largest > magnitude_of(v[i]) ? largest : magnitude_of(v[i]);
  }
  Moments total{.largest = std::bit_cast<float>(largest)};
  for (std::size_t l = 0; l < sum_lanes; ++l) {
    total.sum += sum[l];
    total.sum_of_squares += square[l];
  }
  return total;
}

/// Writes the levels of as many entries as d has lanes.   f = 2^30 / scale; most: of |v_i| f
template <class D>
HWY_INLINE void ternary_lanes(D d, const float* v, float f, float most, const RandomKey& key,
                              std::uint32_t first, std::int16_t* levels) {
  const hn::RebindToSigned<D> d_int;
  const hn::RebindToUnsigned<D> d_bits;
  const hn::Rebind<std::int16_t, D> d_level;
  const auto entries = hn::LoadU(d, v);
  const auto product = hn::Mul(hn::Abs(entries), hn::Set(d, f));
  const auto number = hn::IfThenElseZero(hn::Eq(product, product), product);  // NaN: 0
  const auto bound = hn::ConvertTo(d_int, hn::Min(number, hn::Set(d, most)));
  const auto bits = hn::ShiftRight<2>(random_bits_from(d_bits, key, first));
  const auto is_sent = hn::Lt(hn::BitCast(d_int, bits), bound);
  const auto negative = hn::BroadcastSignBit(hn::BitCast(d_int, entries));  // -1 or 0
  const auto sign = hn::Or(negative, hn::Set(d_int, 1));
  hn::StoreU(hn::DemoteTo(d_level, hn::IfThenElseZero(is_sent, sign)), d_level, levels);
}

void ternary_levels_simd(const float* v, std::size_t n, float f, float most, const RandomKey& key,
                         std::uint32_t first, std::int16_t* levels) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    ternary_lanes(d, v + i, f, most, key, first + static_cast<std::uint32_t>(i), levels + i);
  }
  for (; i < n; ++i) {
    ternary_lanes(one, v + i, f, most, key, first + static_cast<std::uint32_t>(i), levels + i);
  }
}

void add_levels_simd(const std::int16_t* levels, std::int16_t* sum, std::size_t n) {
  const hn::ScalableTag<std::int16_t> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, levels + i)), d, sum + i);
  }
  for (; i < n; ++i) sum[i] = static_cast<std::int16_t>(sum[i] + levels[i]);
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(moments_simd);
HWY_EXPORT(ternary_levels_simd);
HWY_EXPORT(add_levels_simd);

}  // namespace

Moments moments(std::span<const float> v) {
  return HWY_DYNAMIC_DISPATCH(moments_simd)(v.data(), v.size());
}

void ternary_levels(std::span<const float> v, float most, float scale, const RandomKey& key,
                    std::uint32_t first, std::span<std::int16_t> levels) {
  assert(v.size() == levels.size());
  constexpr float one = 0x1p30F;  // probability 1
  const float quotient = one / scale;
  const float f = std::isfinite(quotient) ? quotient : 0.0F;
  const float bound = most * f < one ? most * f : one;  // NaN: f is 0 then
  HWY_DYNAMIC_DISPATCH(ternary_levels_simd)
  (v.data(), v.size(), f, bound, key, first, levels.data());
}

void add_levels(std::span<const std::int16_t> levels, std::span<std::int16_t> sum) {
  assert(levels.size() == sum.size());
  HWY_DYNAMIC_DISPATCH(add_levels_simd)(levels.data(), sum.data(), sum.size());
}

}  // namespace gradwire
#endif  // HWY_ONCE
