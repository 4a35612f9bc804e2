#include "sim/kernels/rounding.hpp"

#include <cassert>
#include <cstddef>

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/rounding.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/random_bits-inl.hpp"

// Magnitudes are compared and rounded as integers, which the bits of a float without its sign are.
// (Conversions to 16 bits do not round alike on all targets.)

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int32_t no_sign = 0x7fffffff;
constexpr std::int32_t infinity = 0x7f800000;
constexpr std::int32_t quiet_nan = 0x7fc00000;

template <class D>
using Bits = hn::Vec<hn::RebindToSigned<D>>;

/// The nearest multiple of 2^dropped, of two the even one; at most `largest`.
template <int dropped, class D>
HWY_INLINE Bits<D> nearest_even(D /*d*/, Bits<D> magnitude, std::int32_t largest) {
  const hn::RebindToSigned<D> d_int;
  constexpr std::int32_t half = (1 << (dropped - 1)) - 1;
  constexpr std::int32_t rest = (1 << dropped) - 1;
  const auto odd = hn::And(hn::ShiftRight<dropped>(magnitude), hn::Set(d_int, 1));
  const auto raised = hn::Add(hn::Add(magnitude, hn::Set(d_int, half)), odd);
  return hn::Min(hn::And(raised, hn::Set(d_int, ~rest)), hn::Set(d_int, largest));
}

struct ToFloat16 {
  template <class D>
  HWY_INLINE Bits<D> operator()(D d, Bits<D> magnitude, std::size_t /*i*/) const {
    const hn::RebindToSigned<D> d_int;
    const auto normal = nearest_even<13>(d, magnitude, 0x477fe000);  // 65504
    const auto half = hn::Set(d, 0.5F);  // its last digit is 2^-24, as that of subnormal numbers
    const auto sum = hn::Add(hn::BitCast(d, magnitude), half);
    const auto subnormal = hn::BitCast(d_int, hn::Sub(sum, half));
    const auto is_small = hn::Lt(magnitude, hn::Set(d_int, 0x38800000));  // 2^-14
    return hn::IfThenElse(is_small, subnormal, normal);
  }
  static constexpr std::int32_t nan = quiet_nan;
};

struct ToBfloat16 {
  template <class D>
  HWY_INLINE Bits<D> operator()(D d, Bits<D> magnitude, std::size_t /*i*/) const {
    return nearest_even<16>(d, magnitude, 0x7f7f0000);
  }
  static constexpr std::int32_t nan = quiet_nan;
};

struct ToPowerOfTwo {
  const RandomKey& key;
  std::uint32_t first;

  template <class D>
  HWY_INLINE Bits<D> operator()(D /*d*/, Bits<D> magnitude, std::size_t i) const {
    const hn::RebindToSigned<D> d_int;
    const hn::RebindToUnsigned<D> d_bits;
    const auto draw = random_bits_from(d_bits, key, first + static_cast<std::uint32_t>(i));
    const auto dither = hn::BitCast(d_int, hn::ShiftRight<9>(draw));  // 0 to 2^23 - 1
    const auto power = hn::And(hn::Add(magnitude, dither), hn::Set(d_int, infinity));
    return hn::Min(power, hn::Set(d_int, 0x7f000000));  // 2^127
  }
  static constexpr std::int32_t nan = infinity;
};

template <class D, class Rounding>
HWY_INLINE void round_lanes(D d, const Rounding& rounding, const float* v, std::size_t i,
                            float* out) {
  const hn::RebindToSigned<D> d_int;
  const auto bits = hn::BitCast(d_int, hn::LoadU(d, v + i));
  const auto magnitude = hn::And(bits, hn::Set(d_int, no_sign));
  const auto infinite = hn::Set(d_int, infinity);
  const auto special =
      hn::IfThenElse(hn::Gt(magnitude, infinite), hn::Set(d_int, Rounding::nan), infinite);
  const auto is_finite = hn::Lt(magnitude, infinite);
  const auto rounded = hn::IfThenElse(is_finite, rounding(d, magnitude, i), special);
  hn::StoreU(hn::BitCast(d, hn::Or(rounded, hn::AndNot(hn::Set(d_int, no_sign), bits))), d,
             out + i);
}

template <class Rounding>
HWY_INLINE void round_all(const Rounding& rounding, const float* v, std::size_t n, float* out) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) round_lanes(d, rounding, v, i, out);
  for (; i < n; ++i) round_lanes(one, rounding, v, i, out);
}

void to_float16_simd(const float* v, std::size_t n, float* out) {
  round_all(ToFloat16(), v, n, out);
}

void to_bfloat16_simd(const float* v, std::size_t n, float* out) {
  round_all(ToBfloat16(), v, n, out);
}

void to_powers_of_two_simd(const float* v, std::size_t n, const RandomKey& key, std::uint32_t first,
                           float* out) {
  round_all(ToPowerOfTwo{key, first}, v, n, out);
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(to_float16_simd);
HWY_EXPORT(to_bfloat16_simd);
HWY_EXPORT(to_powers_of_two_simd);

}  // namespace

void round_to_float16(std::span<const float> v, std::span<float> out) {
  assert(v.size() == out.size());
  HWY_DYNAMIC_DISPATCH(to_float16_simd)(v.data(), v.size(), out.data());
}

void round_to_bfloat16(std::span<const float> v, std::span<float> out) {
  assert(v.size() == out.size());
  HWY_DYNAMIC_DISPATCH(to_bfloat16_simd)(v.data(), v.size(), out.data());
}

void round_to_powers_of_two(std::span<const float> v, const RandomKey& key, std::uint32_t first,
                            std::span<float> out) {
  assert(v.size() == out.size());
  HWY_DYNAMIC_DISPATCH(to_powers_of_two_simd)(v.data(), v.size(), key, first, out.data());
}

}  // namespace gradwire
#endif  // HWY_ONCE
