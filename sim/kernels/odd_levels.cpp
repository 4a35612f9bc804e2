#include "sim/kernels/odd_levels.hpp"

#include <cassert>
#include <cmath>
#include <cstddef>

#include "sim/kernels/quantise.hpp"

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/odd_levels.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

// Compiled once per target, with -ffp-contract=off, as arithmetic.cpp.

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Writes the levels of as many entries as d has lanes.   d: a tag of float; f = s / largest
template <class D>
HWY_INLINE void round_lanes(D d, const float* v, float f, float s, std::int16_t* levels) {
  const hn::RebindToSigned<D> d_int;
  const hn::Rebind<std::int16_t, D> d_level;
  const auto product = hn::Mul(hn::LoadU(d, v), hn::Set(d, f));
  const auto r = hn::IfThenElseZero(hn::Eq(product, product), product);  // NaN: 0
  const auto half = hn::Mul(hn::Add(r, hn::Set(d, s + 1.0F)), hn::Set(d, 0.5F));
  const auto inside = hn::Min(hn::Max(half, hn::Zero(d)), hn::Set(d, s));
  const auto index = hn::ConvertTo(d_int, inside);  // towards zero: floor
  const auto level = hn::Sub(hn::Add(index, index), hn::ConvertTo(d_int, hn::Set(d, s)));
  hn::StoreU(hn::DemoteTo(d_level, level), d_level, levels);
}

void round_simd(const float* v, std::size_t n, float f, float s, std::int16_t* levels) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) round_lanes(d, v + i, f, s, levels + i);
  for (; i < n; ++i) round_lanes(one, v + i, f, s, levels + i);
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(round_simd);

}  // namespace

void round_to_odd_levels(std::span<const float> v, float largest, int s,
                         std::span<std::int16_t> levels) {
  assert(v.size() == levels.size() && s >= 1 && s <= most_levels && s % 2 == 1);
  const auto most = static_cast<float>(s);
  const float quotient = most / largest;
  const float f = std::isfinite(quotient) ? quotient : 0.0F;
  HWY_DYNAMIC_DISPATCH(round_simd)(v.data(), v.size(), f, most, levels.data());
}

}  // namespace gradwire
#endif  // HWY_ONCE
