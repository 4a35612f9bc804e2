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

/// Bits of gap g coded with m:  g / m in unary, and the remainder in truncated binary.
std::int32_t bits_of(std::int32_t gap, std::int32_t m, std::int32_t plain_width) {
  const auto quotient = static_cast<std::int32_t>(static_cast<float>(gap) / static_cast<float>(m));
  const std::int32_t remainder = gap - quotient * m;
  // c = ceil(log2 m): one more than the exponent of m - 1, or 0.
  const auto log = std::bit_cast<std::int32_t>(static_cast<float>(m - 1)) >> mantissa_bits;
  const std::int32_t c = positive(log - exponent_bias + 1);
  const auto power = std::bit_cast<float>((c + exponent_bias) << mantissa_bits);
  const std::int32_t shorter = static_cast<std::int32_t>(power) - m;
  const std::int32_t coded = quotient + 1 + c + minus_one_if(remainder < shorter);
  const std::int32_t escapes = minus_one_if(quotient >= GapCode::escape);
  return (escapes & (GapCode::escape + plain_width)) | (~escapes & coded);
}

std::int64_t bits_of(const Gaps& gaps, std::int32_t plain_width) {
  std::int32_t bits = 0;
  for (std::size_t i = 0; i < Gaps::size; ++i) {
    bits += bits_of(gaps.gap[i], gaps.m[i], plain_width);
  }
  return bits;
}

std::int64_t bits_when_written(const Block& block, std::span<const std::uint32_t> indices) {
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  write_gaps(writer, block, indices);
  return writer.bits();
}

}  // namespace

void write_gaps(BitWriter& writer, const Block& block, std::span<const std::uint32_t> indices) {
  GapCode code(block);
  std::size_t next = block.offset;
  for (const std::uint32_t index : indices) {
    code.write(writer, static_cast<std::uint32_t>(index - next));
    next = index + std::size_t{1};
  }
}

std::int64_t gap_bits(const Block& block, std::span<const std::uint32_t> indices) {
  if (block.size > largest_block) return bits_when_written(block, indices);
  GapCode code(block);
  auto next = static_cast<std::uint32_t>(block.offset);
  Gaps gaps;
  const auto code_gap = [&](std::uint32_t index, std::size_t to) {
    const std::uint32_t gap = index - next;
    next = index + 1;
    gaps.gap[to] = static_cast<std::int32_t>(gap);
    gaps.m[to] = static_cast<std::int32_t>(code.parameter());
    code.learn(gap);
  };
  std::int64_t bits = 0;
  for (; indices.size() >= Gaps::size; indices = indices.subspan(Gaps::size)) {
    for (std::size_t i = 0; i < Gaps::size; ++i) code_gap(indices[i], i);
    bits += bits_of(gaps, code.plain_width());
  }
  for (const std::uint32_t index : indices) {
    code_gap(index, 0);
    bits += bits_of(gaps.gap[0], gaps.m[0], code.plain_width());
  }
  return bits;
}

}  // namespace gradwire::algorithms
