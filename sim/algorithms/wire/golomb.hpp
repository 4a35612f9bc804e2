#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/wire/bits.hpp"

namespace gradwire::algorithms {

/// Truncated binary code of a remainder below m: the first 2^c - m take c - 1 bits, the others c,
/// where c = ceil(log2 m).
inline void write_remainder(BitWriter& sink, std::uint32_t remainder, std::uint32_t m) {
  const int c = static_cast<int>(std::bit_width(m - 1));
  const auto shorter = static_cast<std::uint32_t>((std::uint64_t{1} << c) - m);
  if (c == 0) return;
  if (remainder < shorter) return sink.write(remainder, c - 1);
  sink.write((remainder + shorter) >> 1, c - 1);  // tells the reader if a bit follows
  sink.write((remainder + shorter) & 1, 1);
}

inline std::uint32_t read_remainder(BitReader& reader, std::uint32_t m) {
  const int c = static_cast<int>(std::bit_width(m - 1));
  const auto shorter = static_cast<std::uint32_t>((std::uint64_t{1} << c) - m);
  if (c == 0) return 0;
  const std::uint32_t remainder = reader.read(c - 1);
  return remainder < shorter ? remainder : 2 * remainder + reader.read(1) - shorter;
}

/// Adaptive Golomb code of the gaps between ascending positions of one block. A gap g is the number
/// of entries left out between two selected ones (or before the first). It is encoded as its
/// quotient by m in unary (ones, then a zero) and its remainder in truncated binary. m is the best
/// parameter for geometric gaps with the running mean mu: 0.693 mu + 0.85, rounded down (Gallager
/// and van Voorhis 1975, to first order). mu starts at the (d_l - k_l)/(k_l + 1) of a random
/// support and moves by a sixteenth of the way to each gap, so it adapts to regions where the
/// entries are dense. A quotient of 24 is an escape: the gap follows in ceil(log2 d_l) bits.
///
/// Integer arithmetic only: writer and reader agree on every machine.
class GapCode {
 public:
  explicit GapCode(const Block& block)
      : mean_(static_cast<std::int64_t>(((block.size - block.kept) << fraction_bits) /
                                        (block.kept + 1))),
        plain_width_(static_cast<int>(std::bit_width(block.size - 1))) {}

  void write(BitWriter& sink, std::uint32_t gap) {
    const std::uint32_t m = parameter();
    const std::uint32_t quotient = gap / m;
    if (quotient >= escape) {
      sink.write((1U << escape) - 1U, escape);
      sink.write(gap, plain_width_);
    } else {
      sink.write((1U << quotient) - 1U, static_cast<int>(quotient) + 1);
      write_remainder(sink, gap % m, m);
    }
    learn(gap);
  }

  /// May return a gap that exceeds the block, if the bits do not encode a valid one.
  std::uint64_t read(BitReader& reader) {
    const std::uint32_t m = parameter();
    std::uint64_t quotient = 0;
    while (quotient < escape && reader.read(1) == 1) ++quotient;
    const std::uint64_t gap =
        quotient == escape ? reader.read(plain_width_) : quotient * m + read_remainder(reader, m);
    learn(static_cast<std::uint32_t>(gap));
    return gap;
  }

  static constexpr int escape = 24;
  [[nodiscard]] int plain_width() const { return plain_width_; }

  /// m for the next gap.
  [[nodiscard]] std::uint32_t parameter() const {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(1, best_parameter()));
  }
  /// parameter() before the lower bound of 1: 0 if mu is below about 0.22.
  [[nodiscard]] std::int64_t best_parameter() const {
    constexpr std::int64_t ln_2 = 45426;                                     // * 2^-16
    constexpr std::int64_t rounding = std::int64_t{55705} << fraction_bits;  // 0.85 * 2^32
    return (mean_ * ln_2 + rounding) >> (2 * fraction_bits);
  }

  /// Updates mu.
  void learn(std::uint32_t gap) {
    mean_ += ((static_cast<std::int64_t>(gap) << fraction_bits) - mean_) >> adaptation;
  }

 private:
  static constexpr int fraction_bits = 16;
  static constexpr int adaptation = 4;  ///< the weight of a new gap in mu is 2^-4

  std::int64_t mean_;  ///< mu * 2^16, below 2^48
  int plain_width_;    ///< ceil(log2 d_l)
};

/// Converts ascending indices to gaps.
struct GapTo {
  std::uint32_t next;  ///< the index whose gap is 0
  std::uint32_t operator()(std::uint32_t index) {
    const std::uint32_t gap = index - next;
    next = index + 1;
    return gap;
  }
};

/// Writes the gaps between a block's entries, whose `indices` are into the flat vector.
void write_gaps(BitWriter& writer, const Block& block, std::span<const std::uint32_t> indices);
/// The number of bits that write_gaps() writes (algorithms/wire/gap_bits.cpp).
[[nodiscard]] std::int64_t gap_bits(const Block& block, std::span<const std::uint32_t> indices);

}  // namespace gradwire::algorithms
