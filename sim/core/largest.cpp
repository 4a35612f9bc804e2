#include "sim/core/largest.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/core/largest.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Bit i: whether |v_i|, as an integer, is above `above`, for i < 64.
HWY_INLINE std::uint64_t marks_above(const float* v, std::int32_t above) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d_int;
  const auto no_sign = hn::Set(d_int, 0x7fffffff);
  const auto bound = hn::Set(d_int, above);
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  std::uint64_t word = 0;
#pragma GCC unroll 16
  for (std::size_t j = 0; j < 64; j += lanes) {
    const auto magnitude = hn::And(hn::BitCast(d_int, hn::LoadU(d, v + j)), no_sign);
    std::uint8_t mask[8];  // StoreMaskBits may scribble over all of them
    hn::StoreMaskBits(d_int, hn::Gt(magnitude, bound), mask);
    word |= static_cast<std::uint64_t>(mask[0]) << j;
    if constexpr (lanes > 8) word |= static_cast<std::uint64_t>(mask[1]) << (j + 8);
  }
  return word;
}

/// Writes, ascending, first + i and v_i for the i < n for which |v_i|, as an integer, is above
/// `above`; returns how many. n is a multiple of 64. There must be room for one more than those.
/// Marks 64 words first and then goes from mark to mark: few are above, and a word that has one
/// more often than not has a second, but no third.
std::size_t take_above_simd(const float* v, std::size_t n, std::int32_t above, std::uint32_t first,
                            std::uint32_t* positions, float* values) {
  std::size_t count = 0;
  std::uint64_t marks[64];
  for (std::size_t begin = 0; begin < n; begin += 64 * 64) {
    const std::size_t words = std::min<std::size_t>(64, (n - begin) / 64);
    std::uint64_t marked = 0;
    for (std::size_t w = 0; w < words; ++w) {
      marks[w] = marks_above(v + begin + 64 * w, above);
      marked |= static_cast<std::uint64_t>(marks[w] != 0) << w;
    }
    for (; marked != 0; marked &= marked - 1) {
      const auto w = static_cast<std::size_t>(std::countr_zero(marked));
      const std::size_t start = begin + 64 * w;
      std::uint64_t word = marks[w];
      const auto take = [&](std::size_t i) {
        positions[count] = static_cast<std::uint32_t>(first + start + i);
        values[count] = v[start + i];
      };
      take(static_cast<std::size_t>(std::countr_zero(word)));
      ++count;
      word &= word - 1;
      take(static_cast<std::size_t>(std::countr_zero(word)) & 63);
      count += word != 0 ? 1 : 0;
      for (word &= word - 1; word != 0; word &= word - 1) {
        take(static_cast<std::size_t>(std::countr_zero(word)));
        ++count;
      }
    }
  }
  return count;
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(take_above_simd);

/// |x| as an integer that is ordered as |x| is; NaN is above infinity.
std::int32_t magnitude_of(float x) { return std::bit_cast<std::int32_t>(x) & 0x7fffffff; }

/// Writes, ascending, the i in [begin, end) for which |v_i|, as an integer, is above `above`, and
/// v_i; returns how many. There must be room for one more than those.
std::size_t entries_above(std::span<const float> v, std::size_t begin, std::size_t end,
                          std::int32_t above, std::uint32_t* positions, float* values) {
  const std::size_t whole = (end - begin) / 64 * 64;
  std::size_t count = HWY_DYNAMIC_DISPATCH(take_above_simd)(
      v.data() + begin, whole, above, static_cast<std::uint32_t>(begin), positions, values);
  for (std::size_t i = begin + whole; i < end; ++i) {
    if (magnitude_of(v[i]) <= above) continue;
    positions[count] = static_cast<std::uint32_t>(i);
    values[count++] = v[i];
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

/// Of the magnitudes of `values`, of which none is below `low`; 1 <= k <= values.size(). They are
/// thought to begin there: a histogram of steps of 2^-10 of a power of two shows the few among
/// which it lies. scratch: one more than the values.
KthLargest kth_largest(std::span<const float> values, std::size_t k, std::int32_t low,
                       std::span<std::int32_t> scratch) {
  constexpr std::int32_t last = 2047;  // everything above the first two powers of two
  const auto step_of = [=](float x) { return std::min((magnitude_of(x) - low) >> 13, last); };
  std::uint32_t counts[last + 1] = {};
  for (const float x : values) ++counts[step_of(x)];
  std::size_t smaller = values.size() - k;
  std::int32_t step = 0;
  for (; counts[step] <= smaller; ++step) smaller -= counts[step];
  std::size_t kept = 0;
  for (const float x : values) {
    scratch[kept] = magnitude_of(x);
    kept += step_of(x) == step ? 1U : 0U;
  }
  return kth_largest(scratch.first(kept), kept - smaller);
}

/// Shorter vectors are not sampled.
constexpr std::size_t sampled_size = 16384;

/// A bound that most likely has k or a few more magnitudes of v above it, from a sample whose
/// positions are strided with a jitter (a matrix's rows must not resonate); -1, below all, where
/// sampling does not pay. Costs time when it is wrong, never correctness.
std::int32_t likely_bound(std::span<const float> v, std::size_t k) {
  const std::size_t n = v.size();
  if (n < sampled_size || k > n / 8) return -1;
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

/// So much of a magnitude.
std::int32_t part_of(std::int32_t magnitude, float part) {
  return magnitude_of(part * std::bit_cast<float>(magnitude));
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
        positions_(std::make_unique_for_overwrite<std::uint32_t[]>(capacity_ + 1)),
        values_(std::make_unique_for_overwrite<float[]>(capacity_ + 1)),
        scratch_(std::make_unique_for_overwrite<std::int32_t[]>(capacity_ + 1)) {}

  /// Begins anew, with those above `bound`.
  void start(std::int32_t bound) {
    bound_ = bound;
    seen_ = 0;
    count_ = 0;
    next_look_ = looks.size();
  }
  /// Begins anew, near where the last selection ended.
  void try_near(std::int32_t smallest) {
    start(part_of(smallest, 0.93F));
    tries_ = 1;
    if (v_.size() >= sampled_size) next_look_ = 0;
  }

  /// Looks at the entries before `end`, or at nearly all of them where more will come.
  void look_up_to(std::size_t end) {
    if (end < v_.size()) end -= (end - seen_) % 64;  // whole words of marks
    const auto n = static_cast<double>(v_.size());
    while (seen_ < end) {
      if (capacity_ - count_ < std::min(shortest_stretch, end - seen_)) {
        bound_ = keep_largest();  // a later equal loses against those already here
      }
      const std::size_t stop = std::min(end, seen_ + capacity_ - count_);
      count_ +=
          entries_above(v_, seen_, stop, bound_, positions_.get() + count_, values_.get() + count_);
      seen_ = stop;
      const auto seen = static_cast<double>(seen_);
      if (next_look_ < looks.size() && seen >= looks[next_look_].share * n) adjust();
    }
  }

  /// Whether all of the k largest are here: false if the bound was too high.
  [[nodiscard]] bool enough() const { return count_ >= k_; }

  /// Drops all but the k largest, of equal ones the later; returns the smallest magnitude left.
  std::int32_t keep_largest() { return keep_largest(k_); }

  [[nodiscard]] std::span<const std::uint32_t> positions() const {
    return {positions_.get(), count_};
  }
  [[nodiscard]] std::span<const float> values() const { return {values_.get(), count_}; }

 private:
  /// When a part of the entries has been seen, those above the bound tell whether it is good: the
  /// entries of a tensor are in no order that matters here. So few are sorted out in the end, and a
  /// bound that would not give enough is noticed early.
  struct Look {
    double share;  ///< of the entries, seen
    double slack;  ///< how many times those that are expected are kept
  };
  static constexpr int most_tries = 3;
  static constexpr std::array<Look, 2> looks{{{0.125, 1.4}, {0.5, 1.2}}};

  void adjust() {
    const double expected =
        static_cast<double>(k_) * static_cast<double>(seen_) / static_cast<double>(v_.size());
    const auto wanted = static_cast<std::size_t>(looks[next_look_].slack * expected) + 1;
    const bool too_few = static_cast<double>(count_) < 1.1 * expected;
    if (too_few && next_look_ == 0 && tries_ < most_tries) {
      start(part_of(bound_, 0.88F));
      next_look_ = 0;
      ++tries_;
      return;
    }
    ++next_look_;
    if (count_ > wanted) bound_ = keep_largest(wanted);
  }

  std::int32_t keep_largest(std::size_t k) {
    auto [smallest, equals] =
        kth_largest({values_.get(), count_}, k, std::max(bound_, 0), {scratch_.get(), count_ + 1});
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const float value = values_[i];
      const std::int32_t magnitude = magnitude_of(value);
      const bool stays_equal = magnitude == smallest && equals > 0;
      equals -= stays_equal ? 1U : 0U;
      positions_[kept] = positions_[i];
      values_[kept] = value;
      kept += stays_equal || magnitude > smallest ? 1U : 0U;
    }
    count_ = kept;
    return smallest;
  }

  /// Entries scanned between two looks at the room left, at least.
  static constexpr std::size_t shortest_stretch = 4096;

  std::span<const float> v_;
  std::size_t k_;
  std::size_t capacity_;
  std::int32_t bound_ = -1;
  std::size_t seen_ = 0;  ///< entries of v
  std::size_t count_ = 0;
  std::size_t next_look_ = looks.size();
  int tries_ = 0;  ///< near where the last selection ended
  // One more than the capacity: who writes without a branch writes one too many.
  std::unique_ptr<std::uint32_t[]> positions_;
  std::unique_ptr<float[]> values_;
  std::unique_ptr<std::int32_t[]> scratch_;
};

void select_largest(std::span<const float> v, std::size_t k, std::uint32_t offset,
                    std::vector<std::uint32_t>& indices) {
  if (k == 0) return;
  SelectionGuess none;
  std::vector<float> values;
  LargestEntries(v, k, none).append(offset, indices, values);
}

LargestEntries::LargestEntries(std::span<const float> v, std::size_t k, SelectionGuess& guess)
    : v_(v), k_(k), guess_(&guess) {
  assert(k > 0 && k <= v.size());
  if (k == v.size()) return;
  candidates_ = std::make_unique<Candidates>(v, k);
  if (guess.smallest > 0) candidates_->try_near(guess.smallest);
}
LargestEntries::LargestEntries(LargestEntries&&) noexcept = default;
LargestEntries::~LargestEntries() = default;

void LargestEntries::written(std::size_t end) {
  if (candidates_ && guess_->smallest > 0) candidates_->look_up_to(end);
}

void LargestEntries::append(std::uint32_t offset, std::vector<std::uint32_t>& indices,
                            std::vector<float>& values) {
  const std::size_t before = indices.size();
  indices.resize(before + k_);
  const auto chosen = std::span(indices).subspan(before);
  if (!candidates_) {
    values.insert(values.end(), v_.begin(), v_.end());
    return std::iota(chosen.begin(), chosen.end(), offset);
  }
  written(v_.size());
  for (const auto& bound : {likely_bound, lowest_bound}) {
    if (candidates_->enough()) break;
    candidates_->start(bound(v_, k_));
    candidates_->look_up_to(v_.size());
  }
  guess_->smallest = candidates_->keep_largest();
  std::ranges::transform(candidates_->positions(), chosen.begin(),
                         [offset](std::uint32_t position) { return offset + position; });
  values.insert(values.end(), candidates_->values().begin(), candidates_->values().end());
}

}  // namespace gradwire
#endif  // HWY_ONCE
