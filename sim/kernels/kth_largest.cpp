#include "sim/kernels/kth_largest.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/kth_largest.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Magnitudes = hn::ScalableTag<std::int32_t>;

void magnitudes_of_simd(const float* v, std::size_t n, std::int32_t* out) {
  const Magnitudes d;
  const hn::RebindToFloat<Magnitudes> d_float;
  const auto no_sign = hn::Set(d, 0x7fffffff);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    hn::StoreU(hn::And(hn::BitCast(d, hn::LoadU(d_float, v + i)), no_sign), d, out + i);
  }
  for (; i < n; ++i) out[i] = magnitude_of(v[i]);
}

std::size_t count_above_simd(const std::int32_t* m, std::size_t n, std::int32_t bound) {
  const Magnitudes d;
  const auto bounds = hn::Set(d, bound);
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    count += hn::CountTrue(d, hn::Gt(hn::LoadU(d, m + i), bounds));
  }
  for (; i < n; ++i) count += m[i] > bound ? 1U : 0U;
  return count;
}

/// Moves the magnitudes in (low, high] to the front; returns their number.
std::size_t keep_between_simd(std::int32_t* m, std::size_t n, std::int32_t low, std::int32_t high) {
  const Magnitudes d;
  const auto lows = hn::Set(d, low);
  const auto highs = hn::Set(d, high);
  std::size_t kept = 0;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto x = hn::LoadU(d, m + i);
    const auto stays = hn::And(hn::Gt(x, lows), hn::Not(hn::Gt(x, highs)));
    hn::StoreU(hn::Compress(x, stays), d, m + kept);  // never past what has been read
    kept += hn::CountTrue(d, stays);
  }
  for (; i < n; ++i) {
    const std::int32_t x = m[i];
    m[kept] = x;
    kept += x > low && x <= high ? 1U : 0U;
  }
  return kept;
}

/// Moves the entries whose magnitude is above `bound` to the front; returns their number.
std::size_t keep_above_simd(std::uint32_t* positions, float* values, std::size_t n,
                            std::int32_t bound) {
  const Magnitudes d;
  const hn::RebindToFloat<Magnitudes> d_float;
  const hn::RebindToUnsigned<Magnitudes> d_position;
  const auto no_sign = hn::Set(d, 0x7fffffff);
  const auto bounds = hn::Set(d, bound);
  std::size_t kept = 0;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto bits = hn::BitCast(d, hn::LoadU(d_float, values + i));
    const auto position = hn::BitCast(d, hn::LoadU(d_position, positions + i));
    const auto stays = hn::Gt(hn::And(bits, no_sign), bounds);
    hn::StoreU(hn::BitCast(d_float, hn::Compress(bits, stays)), d_float, values + kept);
    hn::StoreU(hn::BitCast(d_position, hn::Compress(position, stays)), d_position,
               positions + kept);
    kept += hn::CountTrue(d, stays);
  }
  for (; i < n; ++i) {
    const float value = values[i];
    positions[kept] = positions[i];
    values[kept] = value;
    kept += magnitude_of(value) > bound ? 1U : 0U;
  }
  return kept;
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(magnitudes_of_simd);
HWY_EXPORT(count_above_simd);
HWY_EXPORT(keep_between_simd);
HWY_EXPORT(keep_above_simd);

/// The approximate difference of the magnitudes of 2^(1/4) x and x, as integers.
constexpr std::int32_t quarter_octave = 1 << 21;

/// At most this many magnitudes are sorted.
constexpr std::size_t few = 16;

KthLargest kth_largest_of_few(std::span<std::int32_t> m, std::size_t k) {
  std::ranges::sort(m, std::greater{});
  const std::int32_t value = m[k - 1];
  const auto larger = std::ranges::lower_bound(m, value, std::greater{}) - m.begin();
  return {value, k - static_cast<std::size_t>(larger)};
}

/// Removes all entries of magnitude `smallest` but the first `equals`.
void drop_last_equals(std::span<std::uint32_t> positions, std::span<float> values,
                      std::int32_t smallest, std::size_t equals) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_equal = magnitude_of(values[i]) == smallest;
    if (is_equal && equals == 0) continue;
    equals -= is_equal ? 1U : 0U;
    positions[end] = positions[i];
    values[end++] = values[i];
  }
}

}  // namespace

/// Bisects the interval (low, high] that contains the result; the first step is near its lower end.
/// Magnitudes outside the interval are removed once they are three quarters of those left.
KthLargest kth_largest(std::span<std::int32_t> m, std::size_t k, std::int32_t low) {
  assert(k >= 1 && k <= m.size());
  std::int32_t high = 0x7fffffff;
  std::size_t above_low = m.size();
  std::size_t above_high = 0;
  std::int32_t first_step = std::min(quarter_octave, (high - std::max(low, 0)) / 2);
  while (m.size() > few && high > low + 1) {
    const std::int32_t middle = first_step > 0 ? low + first_step : std::midpoint(low, high);
    first_step = 0;
    const std::size_t above = HWY_DYNAMIC_DISPATCH(count_above_simd)(m.data(), m.size(), middle);
    if (above >= k) {
      low = middle;
      above_low = above;
    } else {
      high = middle;
      above_high = above;
    }
    if (above_low - above_high > m.size() / 4) continue;
    m = m.first(HWY_DYNAMIC_DISPATCH(keep_between_simd)(m.data(), m.size(), low, high));
    k -= above_high;
    above_low = m.size();
    above_high = 0;
  }
  if (m.size() <= few) return kth_largest_of_few(m, k);
  return {high, k - above_high};
}

std::int32_t keep_largest(std::span<std::uint32_t> positions, std::span<float> values,
                          std::size_t k, std::int32_t low, std::span<std::int32_t> scratch) {
  assert(positions.size() == values.size() && scratch.size() == values.size());
  HWY_DYNAMIC_DISPATCH(magnitudes_of_simd)(values.data(), values.size(), scratch.data());
  const auto [smallest, equals] = kth_largest(scratch, k, low);
  const std::size_t kept = HWY_DYNAMIC_DISPATCH(keep_above_simd)(positions.data(), values.data(),
                                                                 values.size(), smallest - 1);
  if (kept > k) drop_last_equals(positions.first(kept), values.first(kept), smallest, equals);
  return smallest;
}

}  // namespace gradwire
#endif  // HWY_ONCE
