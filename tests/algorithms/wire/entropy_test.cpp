#include "sim/algorithms/wire/entropy.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gradwire::algorithms::entropy_test {
namespace {

TEST(Entropy, OfPositionsIsTheLogarithmOfTheNumberOfSubsets) {
  EXPECT_EQ(entropy_of_positions(std::vector<Block>{{.offset = 0, .size = 8, .kept = 1}}), 3);
  EXPECT_EQ(entropy_of_positions(std::vector<Block>{{.offset = 0, .size = 4, .kept = 2}}), 3);
  EXPECT_EQ(entropy_of_positions(std::vector<Block>{{.offset = 0, .size = 7, .kept = 7}}), 0);
  // 784-512-10 and 1 % of each tensor: 32,872.7 bits.
  const std::vector<Block> net{
      {0, 401'408, 4014}, {401'408, 512, 5}, {401'920, 5120, 51}, {407'040, 10, 1}};
  EXPECT_EQ(entropy_of_positions(net), 32'873);
}

TEST(Entropy, OfLevelsIsThatOfTheirFrequencies) {
  EXPECT_EQ(entropy_of_levels(std::vector<std::int16_t>(100, -3), 4), 0);
  std::vector<std::int16_t> levels;
  for (int i = 0; i < 1000; ++i) {  // 1/2, 1/4, 1/8, 1/8
    for (const int level : {0, 0, 0, 0, 1, 1, -1, 7}) {
      levels.push_back(static_cast<std::int16_t>(level));
    }
  }
  EXPECT_EQ(entropy_of_levels(levels, 7), 14'000);  // 1.75 bits each
  EXPECT_EQ(entropy_of_levels({}, 1), 0);
}

TEST(Entropy, OfSignsIsAtMostABitEach) {
  const Signs half{.ends = {8}, .scales = {1}, .negative = {0b1010'1010}};
  EXPECT_EQ(entropy_of_signs(half), 8);
  const Signs one_of_four{.ends = {8}, .scales = {1}, .negative = {0b1000'1000}};
  EXPECT_EQ(entropy_of_signs(one_of_four), 7);  // 6.49
  const Signs none{.ends = {8}, .scales = {1}, .negative = {0}};
  EXPECT_EQ(entropy_of_signs(none), 0);
}

}  // namespace
}  // namespace gradwire::algorithms::entropy_test
