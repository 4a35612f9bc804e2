#include "sim/algorithms/golomb.hpp"

#include <array>

namespace gradwire::algorithms {
namespace {

/// Some gaps and the parameters they are coded with. As many as make loops that a compiler turns
/// into vector code.
struct Gaps {
  static constexpr std::size_t size = 64;
  std::array<std::int32_t, size> gap;
  std::array<std::int32_t, size> m;
};

/// Blocks up to this: gap + m stays below 2^24, where quotients in single precision, rounded down,
/// are exact, since no gap / m is nearer than 1 / m to the next whole number.
constexpr std::size_t largest_block = std::size_t{1} << 23;

constexpr int mantissa_bits = 23;
constexpr int exponent_bias = 127;

// Without branches.
constexpr std::int32_t minus_one_if(bool condition) {
  return -static_cast<std::int32_t>(condition);
}
constexpr std::int32_t positive(std::int32_t x) { return x & ~(x >> 31); }  ///< else 0

/// Bits of gap g coded with m: g / m in unary, and the remainder in truncated binary.
/// quotient = g / m,  c = ceil(log2 m),  power = 2^c
template <class Int>
Int bits_of(Int gap, Int m, Int quotient, Int c, Int power, Int plain_width) {
  const Int remainder = gap - quotient * m;
  const Int coded = quotient + 1 + c + minus_one_if(remainder < power - m);
  const Int escapes = minus_one_if(quotient >= GapCode::escape);
  return (escapes & (GapCode::escape + plain_width)) | (~escapes & coded);
}

/// In blocks up to the largest.
std::int32_t bits_of(std::int32_t gap, std::int32_t m, std::int32_t plain_width) {
  const auto quotient = static_cast<std::int32_t>(static_cast<float>(gap) / static_cast<float>(m));
  // One more than the exponent of m - 1, or 0.
  const auto log = std::bit_cast<std::int32_t>(static_cast<float>(m - 1)) >> mantissa_bits;
  const std::int32_t c = positive(log - exponent_bias + 1);
  const auto power = std::bit_cast<float>((c + exponent_bias) << mantissa_bits);
  return bits_of(gap, m, quotient, c, static_cast<std::int32_t>(power), plain_width);
}

std::int64_t bits_of(const Gaps& gaps, std::int32_t plain_width) {
  std::int32_t bits = 0;
  for (std::size_t i = 0; i < Gaps::size; ++i) {
    bits += bits_of(gaps.gap[i], gaps.m[i], plain_width);
  }
  return bits;
}

/// In blocks of any size.
std::int64_t bits_of_one(std::int64_t gap, std::int64_t m, std::int64_t plain_width) {
  const auto c = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(m - 1)));
  return bits_of(gap, m, gap / m, c, std::int64_t{1} << c, plain_width);
}

/// From index to index.
struct GapTo {
  std::uint32_t next;  ///< the index that would leave out none
  std::uint32_t operator()(std::uint32_t index) {
    const std::uint32_t gap = index - next;
    next = index + 1;
    return gap;
  }
};

}  // namespace

void write_gaps(BitWriter& writer, const Block& block, std::span<const std::uint32_t> indices) {
  GapCode code(block);
  GapTo gap_to{static_cast<std::uint32_t>(block.offset)};
  for (const std::uint32_t index : indices) code.write(writer, gap_to(index));
}

std::int64_t gap_bits(const Block& block, std::span<const std::uint32_t> indices) {
  GapCode code(block);
  GapTo gap_to{static_cast<std::uint32_t>(block.offset)};
  std::int64_t bits = 0;
  for (; block.size <= largest_block && indices.size() >= Gaps::size;
       indices = indices.subspan(Gaps::size)) {
    Gaps gaps;
    for (std::size_t i = 0; i < Gaps::size; ++i) {
      const std::uint32_t gap = gap_to(indices[i]);
      gaps.gap[i] = static_cast<std::int32_t>(gap);
      gaps.m[i] = static_cast<std::int32_t>(code.parameter());
      code.learn(gap);
    }
    bits += bits_of(gaps, code.plain_width());
  }
  for (const std::uint32_t index : indices) {
    const std::uint32_t gap = gap_to(index);
    bits += bits_of_one(gap, code.parameter(), code.plain_width());
    code.learn(gap);
  }
  return bits;
}

}  // namespace gradwire::algorithms
