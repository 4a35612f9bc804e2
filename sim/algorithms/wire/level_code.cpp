#include "sim/algorithms/wire/level_code.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>

#include "sim/algorithms/wire/level_blocks.hpp"
#include "sim/algorithms/wire/level_counts.hpp"
#include "sim/algorithms/wire/odd_level_code.hpp"
#include "sim/algorithms/wire/vector_source_code.hpp"

namespace gradwire::algorithms {
namespace {

std::uint32_t magnitude(std::int16_t level) { return static_cast<std::uint32_t>(std::abs(level)); }

int magnitude_width(int s) { return static_cast<int>(std::bit_width(static_cast<unsigned>(s))); }

/// Calls visit(index, level) for each level that is not 0, in ascending order.
template <class Visit>
void each_nonzero(std::span<const std::int16_t> levels, const Visit& visit) {
  std::size_t i = 0;
  for (; i + level_block <= levels.size(); i += level_block) {
    if (are_all(levels.data() + i, 0)) continue;
    for (std::size_t j = i; j < i + level_block; ++j) {
      if (levels[j] != 0) visit(j, levels[j]);
    }
  }
  for (; i < levels.size(); ++i) {
    if (levels[i] != 0) visit(i, levels[i]);
  }
}

/// omega_bits() of small numbers, the most frequent ones.
constexpr auto short_codes = [] {
  std::array<std::uint8_t, 256> bits{};
  for (std::size_t n = 1; n < bits.size(); ++n) bits[n] = static_cast<std::uint8_t>(omega_bits(n));
  return bits;
}();

std::int64_t code_bits(std::uint64_t n) {
  return n < short_codes.size() ? short_codes[n] : omega_bits(n);
}

}  // namespace

void write_fixed(BitWriter& writer, int s, std::span<const std::int16_t> levels) {
  const int width = magnitude_width(s);
  for (const std::int16_t level : levels) {
    writer.write((std::uint64_t{magnitude(level)} << 1) | (level < 0 ? 1U : 0U), 1 + width);
  }
}

void read_fixed(BitReader& reader, int s, std::span<std::int16_t> levels) {
  const int width = magnitude_width(s);
  for (std::int16_t& level : levels) {
    const std::uint32_t code = reader.read(1 + width);
    const auto size = static_cast<int>(code >> 1);
    if (size > s) {
      reader.fail("level " + std::to_string(size) + ": expected at most " + std::to_string(s));
    }
    if (code == 1) reader.fail("level -0: expected +0");
    level = static_cast<std::int16_t>((code & 1) != 0 ? -size : size);
  }
}

/// The groups of the code are the binary digits of n, of their number less 1, and so on, the last
/// first; then a 0. Each group begins with its most significant digit, a 1.
void write_omega(BitWriter& writer, std::uint32_t n) {
  std::array<std::uint32_t, 6> groups{};
  std::size_t count = 0;
  for (; n > 1; n = static_cast<std::uint32_t>(std::bit_width(n) - 1)) groups[count++] = n;
  while (count > 0) {
    const std::uint32_t group = groups[--count];
    for (int bit = static_cast<int>(std::bit_width(group)) - 1; bit >= 0; --bit) {
      writer.write((group >> bit) & 1, 1);
    }
  }
  writer.write(0, 1);
}

std::uint32_t read_omega(BitReader& reader) {
  std::uint64_t n = 1;
  while (reader.read(1) == 1) {
    if (n > 31) reader.fail("an Elias code above 2^32 - 1");
    std::uint64_t group = 1;
    for (std::uint64_t i = 0; i < n; ++i) group = group << 1 | reader.read(1);
    n = group;
  }
  return static_cast<std::uint32_t>(n);
}

void write_elias(BitWriter& writer, float scale, std::span<const std::int16_t> bucket) {
  if (scale == 0.0F) return;
  std::size_t next = 0;  // the entry at distance 1
  each_nonzero(bucket, [&](std::size_t i, std::int16_t level) {
    write_omega(writer, static_cast<std::uint32_t>(i + 1 - next));
    writer.write(level < 0 ? 1 : 0, 1);
    write_omega(writer, magnitude(level));
    next = i + 1;
  });
  if (next < bucket.size()) {
    write_omega(writer, static_cast<std::uint32_t>(bucket.size() + 1 - next));
  }
}

void read_elias(BitReader& reader, int s, float scale, std::span<std::int16_t> bucket) {
  std::ranges::fill(bucket, std::int16_t{0});
  if (scale == 0.0F) return;
  for (std::size_t next = 0; next < bucket.size();) {
    const std::size_t i = next + read_omega(reader) - 1;
    if (i > bucket.size()) reader.fail("a level beyond the end of its bucket");
    if (i == bucket.size()) return;
    const bool negative = reader.read(1) == 1;
    const std::uint32_t size = read_omega(reader);
    if (size > static_cast<std::uint32_t>(s)) {
      reader.fail("level " + std::to_string(size) + ": expected at most " + std::to_string(s));
    }
    bucket[i] =
        static_cast<std::int16_t>(negative ? -static_cast<int>(size) : static_cast<int>(size));
    next = i + 1;
  }
}

std::int64_t elias_bits(float scale, std::span<const std::int16_t> bucket) {
  if (scale == 0.0F) return 0;
  std::int64_t bits = 0;
  std::size_t next = 0;
  each_nonzero(bucket, [&](std::size_t i, std::int16_t level) {
    bits += code_bits(i + 1 - next) + 1 + code_bits(magnitude(level));
    next = i + 1;
  });
  if (next < bucket.size()) bits += code_bits(bucket.size() + 1 - next);
  return bits;
}

std::int64_t level_bits(const Quantized& quantized, LevelCoding coding) {
  if (coding == LevelCoding::fixed) {
    return fixed_width(quantized.most_level, quantized.odd_levels) * values_in(quantized);
  }
  const std::span<const std::int16_t> levels = quantized.levels;
  if (coding == LevelCoding::vsc) {
    return vector_source_bits({.s = quantized.most_level, .odd = quantized.odd_levels}, levels,
                              level_counts(levels, quantized.most_level));
  }
  std::int64_t bits = 0;
  std::size_t begin = 0;
  for (std::size_t b = 0; b < quantized.ends.size(); ++b) {
    const auto bucket = levels.subspan(begin, quantized.ends[b] - begin);
    bits += quantized.odd_levels
                ? odd_level_bits(coding, quantized.most_level, quantized.scale(b), bucket)
                : elias_bits(quantized.scale(b), bucket);
    begin = quantized.ends[b];
  }
  return bits;
}

}  // namespace gradwire::algorithms
