#include "sim/kernels/compact_candidates.hpp"

#include <algorithm>
#include <bit>

#include "sim/kernels/kth_largest.hpp"

#define HWY_WANT_AVX3_DL  // for its compression of bytes
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/compact_candidates.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/candidate_mask-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// words[w], bit i: whether |v_{64 w + i}|, as an integer, is above `above`.   v: [64 n]
void mark_above_simd(const float* v, std::size_t n, std::int32_t above, std::uint64_t* words) {
  const hn::ScalableTag<float> d;
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  for (std::size_t w = 0; w < n; ++w, v += word_of_marks) {
    std::uint64_t marks = 0;
#pragma GCC unroll 16
    for (std::size_t j = 0; j < word_of_marks; j += lanes) {
      marks |= marks_of(d, hn::LoadU(d, v + j), above) << j;
    }
    words[w] = marks;
  }
}

/// Bit w: whether words[w] is not 0, for w < n <= 64.
HWY_INLINE std::uint64_t not_zero(const std::uint64_t* words, std::size_t n) {
  const hn::CappedTag<std::uint64_t, 8> d;
  std::uint64_t marked = 0;
  std::size_t w = 0;
  for (; w + hn::Lanes(d) <= n; w += hn::Lanes(d)) {
    marked |= bits_of(d, hn::Ne(hn::LoadU(d, words + w), hn::Zero(d))) << w;
  }
  for (; w < n; ++w) marked |= static_cast<std::uint64_t>(words[w] != 0) << w;
  return marked;
}

/// Writes start + i, ascending, for the `count` set bits i, and possibly unspecified values after
/// them, fewer than write_width. Few bits are set: a word with one often has a second, but
/// rarely a fifth.
HWY_INLINE void write_positions(std::uint64_t bits, std::size_t count, std::size_t start,
                                std::uint32_t* positions) {
#if HWY_TARGET == HWY_AVX3_DL
  if (count <= write_width) {
    const hn::CappedTag<std::uint8_t, word_of_marks> d_all;
    const hn::CappedTag<std::uint32_t, write_width> d;
    const auto mask = hn::LoadMaskBits(d_all, reinterpret_cast<const std::uint8_t*>(&bits));
    const auto set = hn::Compress(hn::Iota(d_all, 0), mask);
    const auto first = hn::PromoteTo(d, hn::LowerHalf(hn::LowerHalf(set)));
    return hn::StoreU(hn::Add(first, hn::Set(d, static_cast<std::uint32_t>(start))), d, positions);
  }
#endif
  constexpr std::size_t together = 3;
  for (std::size_t done = 0; done < count; done += together) {
#pragma GCC unroll 3
    for (std::size_t to = done; to < done + together; ++to) {
      const std::size_t i = static_cast<std::size_t>(std::countr_zero(bits)) % word_of_marks;
      positions[to] = static_cast<std::uint32_t>(start + i);
      bits &= bits - 1;
    }
  }
}

/// Writes first + i, ascending, for each set bit i of the n words of marks; n <= 64. Returns their
/// number.
HWY_INLINE std::size_t write_marked(const std::uint64_t* marks, std::size_t n, std::size_t first,
                                    std::uint32_t* positions) {
  std::size_t count = 0;
  for (std::uint64_t marked = not_zero(marks, n); marked != 0; marked &= marked - 1) {
    const auto word = static_cast<std::size_t>(std::countr_zero(marked));
    const auto set = static_cast<std::size_t>(std::popcount(marks[word]));
    write_positions(marks[word], set, first + word_of_marks * word, positions + count);
    count += set;
  }
  return count;
}

std::size_t write_marked_simd(const std::uint64_t* marks, std::size_t n, std::size_t first,
                              std::uint32_t* positions) {
  return write_marked(marks, n, first, positions);
}

/// Appends first + i and v_i, ascending, for each set bit i of the n words of marks; n <= 64.
void take_marked_simd(const std::uint64_t* marks, std::size_t n, const float* v, std::size_t first,
                      Compacted& out) {
  const std::size_t count = out.count + write_marked(marks, n, first, out.positions + out.count);
  for (std::size_t i = out.count; i < count; ++i) {
    out.values[i] = v[out.positions[i] - first];
  }
  out.count = count;
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(mark_above_simd);
HWY_EXPORT(take_marked_simd);
HWY_EXPORT(write_marked_simd);

/// Words processed together.
constexpr std::size_t words_together = 64;

}  // namespace

void compact_above(std::span<const float> v, std::size_t begin, std::size_t end, std::int32_t above,
                   Compacted& out) {
  std::uint64_t marks[words_together];
  while (end - begin >= word_of_marks) {
    const std::size_t n = std::min(words_together, (end - begin) / word_of_marks);
    HWY_DYNAMIC_DISPATCH(mark_above_simd)(v.data() + begin, n, above, marks);
    HWY_DYNAMIC_DISPATCH(take_marked_simd)(marks, n, v.data() + begin, begin, out);
    begin += n * word_of_marks;
  }
  for (; begin < end; ++begin) {
    if (magnitude_of(v[begin]) <= above) continue;
    out.positions[out.count] = static_cast<std::uint32_t>(begin);
    out.values[out.count++] = v[begin];
  }
}

void compact_marked(std::span<const std::uint64_t> marks, std::span<const float> v,
                    std::size_t begin, Compacted& out) {
  for (; !marks.empty(); begin += words_together * word_of_marks) {
    const std::size_t n = std::min(words_together, marks.size());
    HWY_DYNAMIC_DISPATCH(take_marked_simd)(marks.data(), n, v.data() + begin, begin, out);
    marks = marks.subspan(n);
  }
}

std::size_t write_marked(std::span<const std::uint64_t> marks, std::size_t begin,
                         std::uint32_t* positions) {
  std::size_t count = 0;
  for (; !marks.empty(); begin += words_together * word_of_marks) {
    const std::size_t n = std::min(words_together, marks.size());
    count += HWY_DYNAMIC_DISPATCH(write_marked_simd)(marks.data(), n, begin, positions + count);
    marks = marks.subspan(n);
  }
  return count;
}

}  // namespace gradwire
#endif  // HWY_ONCE
