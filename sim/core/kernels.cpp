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

/// lane[i mod 32] += term_i^2 for i < n, whatever the registers are. term(d, i): the terms from i
/// on, a vector of floats with tag d.
template <class Term>
HWY_INLINE void add_squares(std::size_t n, const Term& term, double* lane) {
  constexpr std::size_t lanes = SquaredDistance::block_multiple;
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<float, decltype(d)> d_float;
  constexpr std::size_t width = hn::MaxLanes(hn::CappedTag<double, 8>());
  constexpr std::size_t registers = lanes / width;

  hn::Vec<decltype(d)> sums[registers];
  for (std::size_t r = 0; r < registers; ++r) sums[r] = hn::LoadU(d, lane + r * width);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma GCC unroll 32  // else the sums live in memory
    for (std::size_t r = 0; r < registers; ++r) {
      const auto wide = hn::PromoteTo(d, term(d_float, i + r * width));
      sums[r] = hn::Add(sums[r], hn::Mul(wide, wide));
    }
  }
  for (std::size_t r = 0; r < registers; ++r) hn::StoreU(sums[r], d, lane + r * width);
  const hn::CappedTag<float, 1> one;
  for (std::size_t l = 0; i < n; ++i, ++l) {
    const double wide = hn::GetLane(term(one, i));
    lane[l] += wide * wide;
  }
}

void add_squared_norm_simd(const float* x, std::size_t n, double* lane) {
  add_squares(
      n, [=](auto d, std::size_t i) HWY_ATTR { return hn::LoadU(d, x + i); }, lane);
}

void add_squared_distance_simd(const float* a, const float* b, std::size_t n, double* lane) {
  add_squares(
      n,
      [=](auto d, std::size_t i)
          HWY_ATTR { return hn::Sub(hn::LoadU(d, a + i), hn::LoadU(d, b + i)); },
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

/// Sets bit i of `bits` where |v_i|, as an integer, is above `above`, for i < n; n is a multiple of
/// 64.
void mark_above_simd(const float* v, std::size_t n, std::int32_t above, std::uint64_t* bits) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d_int;
  const auto no_sign = hn::Set(d_int, 0x7fffffff);
  const auto bound = hn::Set(d_int, above);
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  for (std::size_t i = 0; i < n; i += 64) {
    std::uint64_t word = 0;
#pragma GCC unroll 16
    for (std::size_t j = 0; j < 64; j += lanes) {
      const auto magnitude = hn::And(hn::BitCast(d_int, hn::LoadU(d, v + i + j)), no_sign);
      std::uint8_t mask[8];  // StoreMaskBits may scribble over all of them
      hn::StoreMaskBits(d_int, hn::Gt(magnitude, bound), mask);
      word |= static_cast<std::uint64_t>(mask[0]) << j;
      if constexpr (lanes > 8) word |= static_cast<std::uint64_t>(mask[1]) << (j + 8);
    }
    bits[i / 64] = word;
  }
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
HWY_EXPORT(add_squared_norm_simd);
HWY_EXPORT(add_squared_distance_simd);
HWY_EXPORT(all_finite_simd);
HWY_EXPORT(mark_above_simd);

/// The sum of the lanes: the upper half is added to the lower half, five times.
double halved(std::array<double, SquaredDistance::block_multiple> lane) {
  for (std::size_t half = lane.size() / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

/// |x| as an integer that is ordered as |x| is; NaN is above infinity.
std::int32_t magnitude_of(float x) { return std::bit_cast<std::int32_t>(x) & 0x7fffffff; }

/// Writes, ascending, the i in [begin, end) for which |v_i|, as an integer, is above `above`, and
/// those integers; returns how many. Marks first and then goes from mark to mark: few are above.
std::size_t entries_above(std::span<const float> v, std::size_t begin, std::size_t end,
                          std::int32_t above, std::uint32_t* positions, std::int32_t* magnitudes) {
  constexpr std::size_t together = 2048;  // stay in the first-level cache
  std::uint64_t marks[together / 64];
  std::size_t count = 0;
  const auto take = [&](std::size_t i) {
    positions[count] = static_cast<std::uint32_t>(i);
    magnitudes[count] = magnitude_of(v[i]);
    ++count;
  };
  std::size_t i = begin;
  while (end - i >= 64) {
    const std::size_t n = std::min(together, (end - i) / 64 * 64);
    HWY_DYNAMIC_DISPATCH(mark_above_simd)(v.data() + i, n, above, marks);
    for (std::size_t w = 0; w < n / 64; ++w) {
      for (std::uint64_t word = marks[w]; word != 0; word &= word - 1) {
        take(i + 64 * w + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
    i += n;
  }
  for (; i < end; ++i) {
    if (magnitude_of(v[i]) > above) take(i);
  }
  return count;
}

/// The smallest of the k largest, and how many of those are equal to it.
struct KthLargest {
  std::int32_t value;
  std::size_t equals;
};

/// Of m, 1 <= k <= m.size(), none negative. Scrambles m. A histogram of 2048 equal steps between
/// the smallest and the largest shows the step it lies in; then only that is kept.
KthLargest kth_largest(std::span<std::int32_t> m, std::size_t k) {
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
    if (shift == 0) return {low + bucket, k};
    std::size_t kept = 0;
    for (const std::int32_t x : m) {
      m[kept] = x;
      kept += (x - low) >> shift == bucket ? 1U : 0U;
    }
    m = m.first(kept);
  }
}

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
  return kth_largest({sample.get(), samples}, rank).value - 1;
}

/// Every magnitude is above it.
std::int32_t lowest_bound(std::span<const float> /*v*/, std::size_t /*k*/) { return -1; }

/// A magnitude's bound for the next selection: entries change by some percent from one to the next.
std::int32_t somewhat_below(std::int32_t magnitude) {
  return magnitude_of(0.93F * std::bit_cast<float>(magnitude));
}

}  // namespace

/// Entries of v, ascending, that may belong to its k largest. When there is no more room, all but
/// the k largest so far leave; so they are few, and any data takes one pass.
class LargestEntries::Candidates {
 public:
  Candidates(std::span<const float> v, std::size_t k)
      : v_(v),
        k_(k),
        capacity_(std::min(v.size(), 3 * k + 4 * shortest_stretch)),
        positions_(std::make_unique_for_overwrite<std::uint32_t[]>(capacity_)),
        magnitudes_(std::make_unique_for_overwrite<std::int32_t[]>(capacity_)),
        scratch_(std::make_unique_for_overwrite<std::int32_t[]>(capacity_)) {}

  /// Begins anew, with those above `bound`.
  void start(std::int32_t bound) {
    bound_ = bound;
    seen_ = 0;
    count_ = 0;
  }

  /// Looks at the entries before `end`, or at nearly all of them where more will come.
  void look_up_to(std::size_t end) {
    if (end < v_.size()) end -= (end - seen_) % 64;  // whole words of marks
    while (seen_ < end) {
      if (capacity_ - count_ < std::min(shortest_stretch, end - seen_)) {
        bound_ = keep_largest();  // a later equal loses against those already here
      }
      const std::size_t stop = std::min(end, seen_ + capacity_ - count_);
      count_ += entries_above(v_, seen_, stop, bound_, positions_.get() + count_,
                              magnitudes_.get() + count_);
      seen_ = stop;
    }
  }

  /// Whether all of the k largest are here: false if the bound was too high.
  [[nodiscard]] bool enough() const { return count_ >= k_; }

  /// Drops all but the k largest, of equal ones the later; returns the smallest magnitude left.
  std::int32_t keep_largest() {
    const auto magnitudes = std::span(magnitudes_.get(), count_);
    std::ranges::copy(magnitudes, scratch_.get());
    auto [smallest, equals] = kth_largest({scratch_.get(), count_}, k_);
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

  std::span<const float> v_;
  std::size_t k_;
  std::size_t capacity_;
  std::int32_t bound_ = -1;
  std::size_t seen_ = 0;  ///< entries of v
  std::size_t count_ = 0;
  std::unique_ptr<std::uint32_t[]> positions_;
  std::unique_ptr<std::int32_t[]> magnitudes_;
  std::unique_ptr<std::int32_t[]> scratch_;
};

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
  std::array<double, SquaredDistance::block_multiple> lanes{};
  HWY_DYNAMIC_DISPATCH(add_squared_norm_simd)(x.data(), x.size(), lanes.data());
  return halved(lanes);
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

double SquaredDistance::total() const { return halved(lanes_); }

bool all_finite(std::span<const float> x) {
  return HWY_DYNAMIC_DISPATCH(all_finite_simd)(x.data(), x.size());
}

void select_largest(std::span<const float> v, std::size_t k, std::uint32_t offset,
                    std::vector<std::uint32_t>& indices) {
  if (k == 0) return;
  SelectionGuess none;
  LargestEntries(v, k, none).append(offset, indices);
}

LargestEntries::LargestEntries(std::span<const float> v, std::size_t k, SelectionGuess& guess)
    : v_(v), k_(k), guess_(&guess) {
  assert(k > 0 && k <= v.size());
  if (k == v.size()) return;
  candidates_ = std::make_unique<Candidates>(v, k);
  if (guess.smallest > 0) candidates_->start(somewhat_below(guess.smallest));
}
LargestEntries::LargestEntries(LargestEntries&&) noexcept = default;
LargestEntries::~LargestEntries() = default;

void LargestEntries::written(std::size_t end) {
  if (candidates_ && guess_->smallest > 0) candidates_->look_up_to(end);
}

void LargestEntries::append(std::uint32_t offset, std::vector<std::uint32_t>& indices) {
  const std::size_t before = indices.size();
  indices.resize(before + k_);
  const auto chosen = std::span(indices).subspan(before);
  if (!candidates_) return std::iota(chosen.begin(), chosen.end(), offset);

  written(v_.size());
  for (const auto& bound : {likely_bound, lowest_bound}) {
    if (candidates_->enough()) break;
    candidates_->start(bound(v_, k_));
    candidates_->look_up_to(v_.size());
  }
  guess_->smallest = candidates_->keep_largest();
  std::ranges::transform(candidates_->positions(), chosen.begin(),
                         [offset](std::uint32_t position) { return offset + position; });
}

}  // namespace gradwire
#endif  // HWY_ONCE
