#include "sim/kernels/quantise.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/quantise.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/random_bits-inl.hpp"

// Compiled once per target, with -ffp-contract=off, as arithmetic.cpp.

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Writes the levels of as many entries as d has lanes.   d: a tag of float; f = s / norm
template <class D>
HWY_INLINE void quantise_lanes(D d, const float* v, float f, float s, const RandomKey& key,
                               std::uint32_t first, std::int16_t* levels) {
  const hn::RebindToSigned<D> d_int;
  const hn::RebindToUnsigned<D> d_bits;
  const hn::Rebind<std::int16_t, D> d_level;
  const auto entries = hn::LoadU(d, v);
  const auto product = hn::Mul(hn::Abs(entries), hn::Set(d, f));
  const auto number = hn::IfThenElseZero(hn::Eq(product, product), product);  // NaN: 0
  const auto r = hn::Min(number, hn::Set(d, s));
  const auto l = hn::ConvertTo(d_int, r);  // towards zero
  const auto fraction = hn::Sub(r, hn::ConvertTo(d, l));
  const auto bound = hn::ConvertTo(d_int, hn::Mul(fraction, hn::Set(d, 0x1p31F)));
  const auto bits = hn::ShiftRight<1>(random_bits_from(d_bits, key, first));
  const auto raised = hn::Lt(hn::BitCast(d_int, bits), bound);
  const auto xi = hn::Sub(l, hn::VecFromMask(d_int, raised));  // a true lane is -1
  const auto sign = hn::BroadcastSignBit(hn::BitCast(d_int, entries));
  hn::StoreU(hn::DemoteTo(d_level, hn::Sub(hn::Xor(xi, sign), sign)), d_level, levels);
}

void quantise_simd(const float* v, std::size_t n, float f, float s, const RandomKey& key,
                   std::uint32_t first, std::int16_t* levels) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    quantise_lanes(d, v + i, f, s, key, first + static_cast<std::uint32_t>(i), levels + i);
  }
  for (; i < n; ++i) {
    quantise_lanes(one, v + i, f, s, key, first + static_cast<std::uint32_t>(i), levels + i);
  }
}

void dequantise_add_simd(const std::int16_t* levels, float scale, float* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d_int;
  const hn::Rebind<std::int16_t, decltype(d)> d_level;
  const auto factor = hn::Set(d, scale);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto wide = hn::ConvertTo(d, hn::PromoteTo(d_int, hn::LoadU(d_level, levels + i)));
    hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::Mul(factor, wide)), d, y + i);
  }
  for (; i < n; ++i) y[i] += scale * static_cast<float>(levels[i]);
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(quantise_simd);
HWY_EXPORT(dequantise_add_simd);

}  // namespace

void quantise(std::span<const float> v, float norm, int s, const RandomKey& key,
              std::uint32_t first, std::span<std::int16_t> levels) {
  assert(v.size() == levels.size() && s >= 1 && s <= most_levels);
  const auto most = static_cast<float>(s);
  const float quotient = most / norm;
  const float f = std::isfinite(quotient) ? quotient : 0.0F;
  HWY_DYNAMIC_DISPATCH(quantise_simd)(v.data(), v.size(), f, most, key, first, levels.data());
}

void dequantise_add(std::span<const std::int16_t> levels, float scale, std::span<float> y) {
  assert(levels.size() == y.size());
  HWY_DYNAMIC_DISPATCH(dequantise_add_simd)(levels.data(), scale, y.data(), y.size());
}

void dequantise_subtract(std::span<const std::int16_t> levels, float scale, std::span<float> y) {
  dequantise_add(levels, -scale, y);  // the same roundings
}

}  // namespace gradwire
#endif  // HWY_ONCE
