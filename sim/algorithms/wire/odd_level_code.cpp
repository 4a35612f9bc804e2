#include "sim/algorithms/wire/odd_level_code.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "sim/algorithms/messages/quantized.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/kernels/quantise.hpp"

namespace gradwire::algorithms {
namespace {

/// 1, 2, 3, ... for the magnitudes 1, 3, 5, ...
std::uint32_t rank_of(std::int16_t level) {
  return static_cast<std::uint32_t>(std::abs(level) + 1) / 2;
}

/// Lengths of the omega codes of all ranks: [rank - 1]. Computed once, since sizes are read of
/// every message under every coding.
const std::vector<std::uint8_t>& lengths_of_ranks() {
  static const std::vector<std::uint8_t> lengths = [] {
    std::vector<std::uint8_t> bits;
    for (std::uint32_t rank = 1; rank <= rank_of(most_levels); ++rank) {
      bits.push_back(static_cast<std::uint8_t>(omega_bits(rank)));
    }
    return bits;
  }();
  return lengths;
}

std::int16_t read_coded(BitReader& reader, int s) {
  const bool negative = reader.read(1) == 1;
  const std::int64_t magnitude = 2 * static_cast<std::int64_t>(read_omega(reader)) - 1;
  if (magnitude > s) {
    reader.fail("level " + std::to_string(magnitude) + ": expected at most " + std::to_string(s));
  }
  return static_cast<std::int16_t>(negative ? -magnitude : magnitude);
}

std::int16_t read_plain(BitReader& reader, int s) {
  const auto index = static_cast<int>(reader.read(fixed_width(s, true)));
  if (index > s) {
    reader.fail("level number " + std::to_string(index) + ": expected at most " +
                std::to_string(s));
  }
  return static_cast<std::int16_t>(2 * index - s);
}

}  // namespace

void write_odd_levels(BitWriter& writer, LevelCoding coding, int s, float scale,
                      std::span<const std::int16_t> bucket) {
  if (coding == LevelCoding::fixed) {
    const int width = fixed_width(s, true);
    for (const std::int16_t level : bucket) {
      writer.write(static_cast<std::uint64_t>(level + s) / 2, width);
    }
    return;
  }
  if (scale == 0.0F) return;
  for (const std::int16_t level : bucket) {
    writer.write(level < 0 ? 1 : 0, 1);
    write_omega(writer, rank_of(level));
  }
}

void read_odd_levels(BitReader& reader, LevelCoding coding, int s, float scale,
                     std::span<std::int16_t> bucket) {
  if (coding == LevelCoding::fixed) {
    for (std::int16_t& level : bucket) level = read_plain(reader, s);
  } else if (scale == 0.0F) {
    std::ranges::fill(bucket, std::int16_t{1});
  } else {
    for (std::int16_t& level : bucket) level = read_coded(reader, s);
  }
}

std::int64_t odd_level_bits(LevelCoding coding, int s, float scale,
                            std::span<const std::int16_t> bucket) {
  if (coding == LevelCoding::fixed) {
    return fixed_width(s, true) * static_cast<std::int64_t>(bucket.size());
  }
  if (scale == 0.0F) return 0;
  const std::uint8_t* const length = lengths_of_ranks().data();
  auto bits = static_cast<std::int64_t>(bucket.size());  // the signs
  for (const std::int16_t level : bucket) bits += length[rank_of(level) - 1];
  return bits;
}

}  // namespace gradwire::algorithms
