#include "sim/kernels/arithmetic.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "sim/kernels/kth_largest.hpp"

// Sums keep their lanes in an array of vectors, which sizeless vector types do not allow; machines
// with such vectors run the next lower fixed-width target.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/arithmetic.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/candidate_mask-inl.hpp"

// This file is compiled once per target, with -ffp-contract=off: a product is rounded before it is
// added, whether or not the target has a fused multiply-add. The tails are plain loops with the
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

/// `out` is fetched ahead for writing: stores alone would wait for its lines.
void add_scaled_and_sum_simd(float alpha, const float* x, float* y, const float* z, float* out,
                             std::size_t n) {
  constexpr std::size_t ahead = 1024;
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, alpha);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    __builtin_prefetch(out + i + ahead, 1);
    const auto product = hn::Mul(factor, hn::LoadU(d, x + i));
    const auto sum = hn::Add(hn::LoadU(d, y + i), product);
    hn::StoreU(sum, d, y + i);
    hn::StoreU(hn::Add(sum, hn::LoadU(d, z + i)), d, out + i);
  }
  for (; i < n; ++i) {
    y[i] += alpha * x[i];
    out[i] = y[i] + z[i];
  }
}

/// Entries marked at a time, so that marks fill whole bytes (two registers of four lanes would
/// share one).
constexpr std::size_t marked_together =
    std::max<std::size_t>(8, hn::MaxLanes(hn::ScalableTag<float>()));

void add_scaled_and_mark_simd(float alpha, const float* x, float* y, std::size_t n,
                              CandidateMask marks) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, alpha);
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  std::size_t i = 0;
  for (; i + marked_together <= n; i += marked_together) {
    std::uint64_t bits = 0;
#pragma GCC unroll 8
    for (std::size_t j = 0; j < marked_together; j += lanes) {
      const auto product = hn::Mul(factor, hn::LoadU(d, x + i + j));
      const auto sum = hn::Add(hn::LoadU(d, y + i + j), product);
      hn::StoreU(sum, d, y + i + j);
      bits |= marks_of(d, sum, marks.above) << j;
    }
    std::memcpy(marks.bytes + i / 8, &bits, marked_together / 8);
  }
  for (; i < n; ++i) {
    y[i] += alpha * x[i];
    const bool large = magnitude_of(y[i]) > marks.above;
    const auto bit = static_cast<std::uint8_t>(large ? 1U << (i % 8) : 0U);
    std::uint8_t& byte = marks.bytes[i / 8];
    byte = i % 8 == 0 ? bit : static_cast<std::uint8_t>(byte | bit);
  }
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

/// Registers of doubles that hold the entries of one register of floats.
constexpr std::size_t registers_of_terms = HWY_TARGET == HWY_SCALAR ? 1 : 2;

/// sum + x^2. (The square of a float is exact in double precision, so a fused multiply-add has the
/// bits of product and sum.)
struct AddSquare {
  template <class V>
  HWY_INLINE V operator()(V sum, V x) const {
    return hn::MulAdd(x, x, sum);
  }
};

/// sum + x.
struct AddTerm {
  template <class V>
  HWY_INLINE V operator()(V sum, V x) const {
    return hn::Add(sum, x);
  }
};

/// lane[i mod 32] <- accumulate(lane[i mod 32], term_i) for i < n, independent of the vector width.
/// term(d, i) returns the terms from i on as a vector of floats with tag d; called exactly once per
/// term.
template <class Accumulate, class Term>
HWY_INLINE void add_to_lanes(std::size_t n, const Accumulate& accumulate, const Term& term,
                             double* lane) {
  constexpr std::size_t lanes = SquaredDistance::block_multiple;
  const hn::CappedTag<double, 8> d;
  constexpr std::size_t width = hn::MaxLanes(hn::CappedTag<double, 8>());
  constexpr std::size_t registers = lanes / width;

  hn::Vec<decltype(d)> sums[registers];
  for (std::size_t r = 0; r < registers; ++r) sums[r] = hn::LoadU(d, lane + r * width);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma GCC unroll 32  // otherwise the sums are kept in memory
    for (std::size_t r = 0; r < registers; r += registers_of_terms) {
#if HWY_TARGET == HWY_SCALAR
      const auto wide = hn::PromoteTo(d, term(hn::CappedTag<float, 1>(), i + r * width));
      sums[r] = accumulate(sums[r], wide);
#else
      const hn::Repartition<float, decltype(d)> d_float;  // twice as many lanes
      const hn::Half<decltype(d_float)> d_half;
      const auto terms = term(d_float, i + r * width);
      const auto lower = hn::PromoteTo(d, hn::LowerHalf(d_half, terms));
      const auto upper = hn::PromoteTo(d, hn::UpperHalf(d_half, terms));
      sums[r] = accumulate(sums[r], lower);
      sums[r + 1] = accumulate(sums[r + 1], upper);
#endif
    }
  }
  for (std::size_t r = 0; r < registers; ++r) hn::StoreU(sums[r], d, lane + r * width);
  const hn::CappedTag<float, 1> one;
  const hn::CappedTag<double, 1> one_wide;
  for (std::size_t l = 0; i < n; ++i, ++l) {
    const auto wide = hn::Set(one_wide, static_cast<double>(hn::GetLane(term(one, i))));
    lane[l] = hn::GetLane(accumulate(hn::Set(one_wide, lane[l]), wide));
  }
}

void add_squared_norm_simd(const float* x, std::size_t n, double* lane) {
  add_to_lanes(
      n, AddSquare(), [=](auto d, std::size_t i) HWY_ATTR { return hn::LoadU(d, x + i); }, lane);
}

void add_magnitudes_simd(const float* x, std::size_t n, double* lane) {
  add_to_lanes(
      n, AddTerm(), [=](auto d, std::size_t i) HWY_ATTR { return hn::Abs(hn::LoadU(d, x + i)); },
      lane);
}

/// add_to_lanes() of term(d, x_i), whose value for 0 is 0. The entries after the last whole block
/// of lanes are padded with zeros, which leave the lanes as they are.
template <class Term>
HWY_INLINE void add_terms_of(const float* x, std::size_t n, const Term& term, double* lane) {
  constexpr std::size_t lanes = SquaredDistance::block_multiple;
  const std::size_t rest = n % lanes;
  add_to_lanes(
      n - rest, AddTerm(),
      [=](auto d, std::size_t i) HWY_ATTR { return term(d, hn::LoadU(d, x + i)); }, lane);
  if (rest == 0) return;
  float padded[lanes] = {};
  std::copy_n(x + (n - rest), rest, padded);
  const float* const last = padded;
  add_to_lanes(
      lanes, AddTerm(),
      [=](auto d, std::size_t i) HWY_ATTR { return term(d, hn::LoadU(d, last + i)); }, lane);
}

/// Returns the number of entries below 0.
std::size_t add_negative_simd(const float* x, std::size_t n, double* lane) {
  std::size_t count = 0;
  std::size_t* const counter = &count;
  add_terms_of(
      x, n,
      [counter](auto d, auto entries) HWY_ATTR {
        const auto is_negative = hn::Lt(entries, hn::Zero(d));
        *counter += hn::CountTrue(d, is_negative);
        return hn::IfThenElseZero(is_negative, entries);
      },
      lane);
  return count;
}

void add_others_simd(const float* x, std::size_t n, double* lane) {
  add_terms_of(
      x, n,
      [](auto d, auto entries)
          HWY_ATTR { return hn::IfThenZeroElse(hn::Lt(entries, hn::Zero(d)), entries); },
      lane);
}

/// The largest magnitude as an integer (kernels/kth_largest.hpp); 0 if n is 0.
std::int32_t largest_magnitude_simd(const float* x, std::size_t n) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d_int;
  const auto no_sign = hn::Set(d_int, 0x7fffffff);
  auto largest_of_lane = hn::Zero(d_int);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto magnitude = hn::And(hn::BitCast(d_int, hn::LoadU(d, x + i)), no_sign);
    largest_of_lane = hn::Max(largest_of_lane, magnitude);
  }
  std::int32_t largest = hn::GetLane(hn::MaxOfLanes(d_int, largest_of_lane));
  for (; i < n; ++i) largest = std::max(largest, magnitude_of(x[i]));
  return largest;
}

void add_squared_distance_simd(const float* a, const float* b, std::size_t n, double* lane) {
  add_to_lanes(
      n, AddSquare(),
      [=](auto d, std::size_t i)
          HWY_ATTR { return hn::Sub(hn::LoadU(d, a + i), hn::LoadU(d, b + i)); },
      lane);
}

/// next <- theta + alpha sum; sum <- 0; adds the squares of next - theta to the lanes.
void take_step_simd(float alpha, const float* theta, float* sum, float* next, std::size_t n,
                    double* lane) {
  add_to_lanes(
      n, AddSquare(),
      [=](auto d, std::size_t i) HWY_ATTR {
        const auto before = hn::LoadU(d, theta + i);
        const auto after = hn::Add(before, hn::Mul(hn::Set(d, alpha), hn::LoadU(d, sum + i)));
        hn::StoreU(hn::Zero(d), d, sum + i);
        hn::StoreU(after, d, next + i);
        return hn::Sub(after, before);
      },
      lane);
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

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(add_scaled_simd);
HWY_EXPORT(add_scaled_and_sum_simd);
HWY_EXPORT(add_scaled_and_mark_simd);
HWY_EXPORT(scale_simd);
HWY_EXPORT(subtract_simd);
HWY_EXPORT(add_squared_norm_simd);
HWY_EXPORT(add_squared_distance_simd);
HWY_EXPORT(add_magnitudes_simd);
HWY_EXPORT(add_negative_simd);
HWY_EXPORT(add_others_simd);
HWY_EXPORT(largest_magnitude_simd);
HWY_EXPORT(all_finite_simd);
HWY_EXPORT(take_step_simd);

/// The sum of the lanes: the upper half is added to the lower half, five times.
double sum_of_lanes(std::array<double, SquaredDistance::block_multiple> lane) {
  for (std::size_t half = lane.size() / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

}  // namespace

void add_scaled(float alpha, std::span<const float> x, std::span<float> y) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(add_scaled_simd)(alpha, x.data(), y.data(), x.size());
}

void add_scaled_and_mark(float alpha, std::span<const float> x, std::span<float> y,
                         CandidateMask marks) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(add_scaled_and_mark_simd)(alpha, x.data(), y.data(), x.size(), marks);
}

void add_scaled_and_sum(float alpha, std::span<const float> x, std::span<float> y,
                        std::span<const float> z, std::span<float> out) {
  assert(x.size() == y.size() && z.size() == y.size() && out.size() == y.size());
  HWY_DYNAMIC_DISPATCH(add_scaled_and_sum_simd)
  (alpha, x.data(), y.data(), z.data(), out.data(), x.size());
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
  std::array<double, SquaredDistance::block_multiple> lanes{};
  HWY_DYNAMIC_DISPATCH(add_squared_norm_simd)(x.data(), x.size(), lanes.data());
  return sum_of_lanes(lanes);
}

double sum_of_magnitudes(std::span<const float> x) {
  std::array<double, SquaredDistance::block_multiple> lanes{};
  HWY_DYNAMIC_DISPATCH(add_magnitudes_simd)(x.data(), x.size(), lanes.data());
  return sum_of_lanes(lanes);
}

SumsBySign sums_by_sign(std::span<const float> x) {
  std::array<double, SquaredDistance::block_multiple> negative{};
  std::array<double, SquaredDistance::block_multiple> others{};
  const std::size_t count =
      HWY_DYNAMIC_DISPATCH(add_negative_simd)(x.data(), x.size(), negative.data());
  HWY_DYNAMIC_DISPATCH(add_others_simd)(x.data(), x.size(), others.data());
  return {.negative = sum_of_lanes(negative), .others = sum_of_lanes(others), .negatives = count};
}

float largest_magnitude(std::span<const float> x) {
  return std::bit_cast<float>(HWY_DYNAMIC_DISPATCH(largest_magnitude_simd)(x.data(), x.size()));
}

double squared_distance(std::span<const float> a, std::span<const float> b) {
  SquaredDistance distance;
  distance.add(a, b);
  return distance.total();
}

void SquaredDistance::add(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  HWY_DYNAMIC_DISPATCH(add_squared_distance_simd)(a.data(), b.data(), a.size(), lanes_.data());
}

double SquaredDistance::total() const { return sum_of_lanes(lanes_); }

void take_step(float alpha, std::span<const float> theta, std::span<float> sum,
               std::span<float> next, SquaredDistance& moved) {
  assert(theta.size() == sum.size() && theta.size() == next.size());
  HWY_DYNAMIC_DISPATCH(take_step_simd)
  (alpha, theta.data(), sum.data(), next.data(), theta.size(), moved.lanes_.data());
}

bool all_finite(std::span<const float> x) {
  return HWY_DYNAMIC_DISPATCH(all_finite_simd)(x.data(), x.size());
}

}  // namespace gradwire
#endif  // HWY_ONCE
