#include "sim/algorithms/wire/odd_level_code.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace gradwire::algorithms::odd_level_code_test {
namespace {

using testing::Each;
using Levels = std::vector<std::int16_t>;

Levels random_levels(RandomStream& random, int s, std::size_t n) {
  Levels levels(n);
  for (std::int16_t& level : levels) {
    const auto index = static_cast<int>(random.below(static_cast<std::uint64_t>(s) + 1));
    level = static_cast<std::int16_t>(2 * index - s);
  }
  return levels;
}

TEST(OddLevelCode, ComesBackAndIsAsLongAsItSays) {
  RandomStream random = stream(1, "odd levels");
  for (int trial = 0; trial < 300; ++trial) {
    const int s = trial % 10 == 0 ? 32767 : 1 + 2 * static_cast<int>(random.below(200));
    const Levels levels = random_levels(random, s, random.below(200));
    for (const LevelCoding coding : {LevelCoding::fixed, LevelCoding::elias}) {
      std::vector<std::uint8_t> bytes;
      BitWriter writer(bytes);
      write_odd_levels(writer, coding, s, 0.5F, levels);
      ASSERT_EQ(writer.bits(), odd_level_bits(coding, s, 0.5F, levels));
      writer.finish();
      BitReader reader(bytes, 0);
      Levels decoded(levels.size());
      read_odd_levels(reader, coding, s, 0.5F, decoded);
      reader.finish();
      ASSERT_EQ(decoded, levels);
    }
  }
}

// Elias: a sign, and omega of 1 ("0"), 2 ("100"), 3 ("110") for the magnitudes 1, 3, 5.
TEST(OddLevelCode, HasTheLengthsOfTheDefinition) {
  EXPECT_EQ(odd_level_bits(LevelCoding::fixed, 7, 1.0F, Levels{1, -1, 7, -7}), 4 * 3);
  EXPECT_EQ(odd_level_bits(LevelCoding::fixed, 1, 1.0F, Levels{1, -1}), 2);
  EXPECT_EQ(odd_level_bits(LevelCoding::elias, 7, 1.0F, Levels{1, -3, 5}), 2 + 4 + 4);
  EXPECT_EQ(odd_level_bits(LevelCoding::elias, 7, 0.0F, Levels{1, 1, 1}), 0);
}

TEST(OddLevelCode, ABucketOfZerosHasLevelsOfOneWithoutElias) {
  BitReader nothing({}, 0);
  Levels levels(5, -3);
  read_odd_levels(nothing, LevelCoding::elias, 7, 0.0F, levels);
  EXPECT_THAT(levels, Each(1));
}

TEST(OddLevelCode, ALevelAboveTheLargestIsAnError) {
  for (const LevelCoding coding : {LevelCoding::fixed, LevelCoding::elias}) {
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    write_odd_levels(writer, coding, 7, 1.0F, Levels{7});
    writer.finish();
    BitReader reader(bytes, 0);
    Levels level(1);
    EXPECT_THROW(read_odd_levels(reader, coding, 5, 1.0F, level), InputError);
  }
}

}  // namespace
}  // namespace gradwire::algorithms::odd_level_code_test
