#include "sim/algorithms/golomb.hpp"

#include <algorithm>
#include <array>

#include "sim/algorithms/coded_gaps.hpp"

namespace gradwire::algorithms {
namespace {

/// So many gaps are counted together.
constexpr std::size_t gaps_together = 256;

/// Bits of gap g coded with m: g / m in unary, and the remainder in truncated binary.
std::int64_t bits_of(std::int64_t gap, std::int64_t m, std::int64_t plain_width) {
  const std::int64_t quotient = gap / m;
  if (quotient >= GapCode::escape) return GapCode::escape + plain_width;
  const auto c = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(m - 1)));
  const bool shorter = gap - quotient * m < (std::int64_t{1} << c) - m;
  return quotient + 1 + c - (shorter ? 1 : 0);
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
  if (block.size > largest_block_counted) {
    for (const std::uint32_t index : indices) {
      const std::uint32_t gap = gap_to(index);
      bits += bits_of(gap, code.parameter(), code.plain_width());
      code.learn(gap);
    }
    return bits;
  }
  while (!indices.empty()) {
    const std::size_t n = std::min(gaps_together, indices.size());
    std::array<std::int32_t, gaps_together> gaps;
    std::array<std::int32_t, gaps_together> m;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t gap = gap_to(indices[i]);
      gaps[i] = static_cast<std::int32_t>(gap);
      m[i] = static_cast<std::int32_t>(code.parameter());
      code.learn(gap);
    }
    bits += coded_bits(std::span(gaps).first(n), std::span(m).first(n), code.plain_width());
    indices = indices.subspan(n);
  }
  return bits;
}

}  // namespace gradwire::algorithms
