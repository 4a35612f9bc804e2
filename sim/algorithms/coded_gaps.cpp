#include "sim/algorithms/coded_gaps.hpp"

#include <cassert>

#include "sim/algorithms/golomb.hpp"

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/algorithms/coded_gaps.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradwire::algorithms::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int mantissa_bits = 23;
constexpr int exponent_bias = 127;

/// g / m in unary and the remainder in truncated binary, or an escape.
///   c = ceil(log2 m): one more than the exponent of m - 1, or 0
template <class D>
HWY_INLINE hn::Vec<D> bits_of(D d, hn::Vec<D> gap, hn::Vec<D> m, hn::Vec<D> escaped) {
  const hn::RebindToFloat<D> d_float;
  const auto one = hn::Set(d, 1);
  const auto quotient =
      hn::ConvertTo(d, hn::Div(hn::ConvertTo(d_float, gap), hn::ConvertTo(d_float, m)));
  const auto log = hn::BitCast(d, hn::ConvertTo(d_float, hn::Sub(m, one)));
  const auto c = hn::Max(hn::Sub(hn::ShiftRight<mantissa_bits>(log), hn::Set(d, exponent_bias - 1)),
                         hn::Zero(d));
  const auto exponent = hn::ShiftLeft<mantissa_bits>(hn::Add(c, hn::Set(d, exponent_bias)));
  const auto power = hn::ConvertTo(d, hn::BitCast(d_float, exponent));
  const auto remainder = hn::Sub(gap, hn::Mul(quotient, m));
  const auto shorter = hn::Lt(remainder, hn::Sub(power, m));  // as an integer -1
  const auto coded = hn::Add(hn::Add(quotient, hn::Add(c, one)), hn::VecFromMask(d, shorter));
  return hn::IfThenElse(hn::Lt(quotient, hn::Set(d, GapCode::escape)), coded, escaped);
}

std::int64_t coded_bits_simd(const std::int32_t* gaps, const std::int32_t* m, std::size_t n,
                             std::int32_t escaped) {
  const hn::ScalableTag<std::int32_t> d;
  auto sums = hn::Zero(d);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto bits = bits_of(d, hn::LoadU(d, gaps + i), hn::LoadU(d, m + i), hn::Set(d, escaped));
    sums = hn::Add(sums, bits);
  }
  std::int32_t sum = hn::GetLane(hn::SumOfLanes(d, sums));
  const hn::CappedTag<std::int32_t, 1> one;
  for (; i < n; ++i) {
    sum += hn::GetLane(
        bits_of(one, hn::LoadU(one, gaps + i), hn::LoadU(one, m + i), hn::Set(one, escaped)));
  }
  return sum;
}

}  // namespace
}  // namespace gradwire::algorithms::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire::algorithms {

HWY_EXPORT(coded_bits_simd);

std::int64_t coded_bits(std::span<const std::int32_t> gaps, std::span<const std::int32_t> m,
                        int plain_width) {
  assert(gaps.size() == m.size());
  return HWY_DYNAMIC_DISPATCH(coded_bits_simd)(gaps.data(), m.data(), gaps.size(),
                                               GapCode::escape + plain_width);
}

}  // namespace gradwire::algorithms
#endif  // HWY_ONCE
