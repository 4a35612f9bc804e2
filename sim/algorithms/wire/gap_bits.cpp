#include <algorithm>
#include <bit>

#include "sim/algorithms/wire/golomb.hpp"

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/algorithms/wire/gap_bits.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradwire::algorithms::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int mantissa_bits = 23;
constexpr int exponent_bias = 127;

/// Number of bits of g / m in unary and the remainder in truncated binary, or of an escape.
/// c = ceil(log2 m): one more than the exponent of m - 1, or 0
template <class D>
HWY_INLINE hn::Vec<D> bits_of(D d, hn::Vec<D> gap, hn::Vec<D> m, hn::Vec<D> escaped) {
  const hn::RebindToFloat<D> d_float;
  const auto one = hn::Set(d, 1);
  m = hn::Max(one, m);
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

/// A batch of gaps and the parameters that code them. Each parameter depends on the gap before it
/// through a chain of short dependent operations.
struct Coded {
  static constexpr std::size_t size = 64;
  alignas(64) std::int32_t gap[size];
  alignas(64) std::int32_t m[size];

  /// n <= size; the rest of the batch is padded with gaps of 1 bit.
  HWY_INLINE void take(GapCode& code, GapTo& gap_to, const std::uint32_t* indices, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t left_out = gap_to(indices[i]);
      gap[i] = static_cast<std::int32_t>(left_out);
      m[i] = static_cast<std::int32_t>(code.best_parameter());
      code.learn(left_out);
    }
    std::fill(gap + n, gap + size, 0);
    std::fill(m + n, m + size, 1);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> count(D d, hn::Vec<D> bits, hn::Vec<D> escaped) const {
    for (std::size_t i = 0; i < size; i += hn::Lanes(d)) {
      bits = hn::Add(bits, bits_of(d, hn::Load(d, gap + i), hn::Load(d, m + i), escaped));
    }
    return bits;
  }
};

/// For blocks of at most largest_block entries. Computes the parameters of one batch while the bits
/// of the previous one are counted, so that the two can overlap in the processor.
std::int64_t gap_bits_simd(GapCode code, GapTo gap_to, const std::uint32_t* indices,
                           std::size_t n) {
  const hn::CappedTag<std::int32_t, 16> d;
  const auto escaped = hn::Set(d, GapCode::escape + code.plain_width());
  auto bits = hn::Zero(d);
  Coded coded[2];
  std::size_t now = 0;
  coded[now].take(code, gap_to, indices, std::min(Coded::size, n));
  std::size_t taken = Coded::size;
  for (; taken < n; taken += Coded::size) {
    now = 1 - now;
    coded[now].take(code, gap_to, indices + taken, std::min(Coded::size, n - taken));
    bits = coded[1 - now].count(d, bits, escaped);
  }
  bits = coded[now].count(d, bits, escaped);
  return hn::GetLane(hn::SumOfLanes(d, bits)) - static_cast<std::int64_t>(taken - n);
}

}  // namespace
}  // namespace gradwire::algorithms::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire::algorithms {
namespace {

HWY_EXPORT(gap_bits_simd);

/// Largest block size for which gap + m stays below 2^24, where quotients in single precision,
/// rounded down, are exact, since no gap / m is nearer than 1 / m to the next whole number.
constexpr std::size_t largest_block = std::size_t{1} << 23;

/// For blocks of any size: the number of bits of g / m in unary and the remainder in truncated
/// binary, or of an escape.
std::int64_t bits_of_one(std::int64_t gap, std::int64_t m, std::int64_t plain_width) {
  const std::int64_t quotient = gap / m;
  if (quotient >= GapCode::escape) return GapCode::escape + plain_width;
  const auto c = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(m - 1)));
  const bool shorter = gap - quotient * m < (std::int64_t{1} << c) - m;
  return quotient + 1 + c - (shorter ? 1 : 0);
}

}  // namespace

std::int64_t gap_bits(const Block& block, std::span<const std::uint32_t> indices) {
  GapCode code(block);
  GapTo gap_to{static_cast<std::uint32_t>(block.offset)};
  if (block.size <= largest_block) {
    return HWY_DYNAMIC_DISPATCH(gap_bits_simd)(code, gap_to, indices.data(), indices.size());
  }
  std::int64_t bits = 0;
  for (const std::uint32_t index : indices) {
    const std::uint32_t gap = gap_to(index);
    bits += bits_of_one(gap, code.parameter(), code.plain_width());
    code.learn(gap);
  }
  return bits;
}

}  // namespace gradwire::algorithms
#endif  // HWY_ONCE
