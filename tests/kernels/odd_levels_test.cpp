#include "sim/kernels/odd_levels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/quantise.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::odd_levels_test {
namespace {

using namespace testing_support;
using testing::Each;
using testing::ElementsAre;
using Levels = std::vector<std::int16_t>;

Levels rounded(std::span<const float> v, float largest, int s) {
  Levels levels(v.size());
  round_to_odd_levels(v, largest, s, levels);
  return levels;
}

/// The definition of odd_levels.hpp, entry by entry.
Levels plainly_rounded(std::span<const float> v, float largest, int s) {
  const auto most = static_cast<float>(s);
  float f = most / largest;
  if (!std::isfinite(f)) f = 0.0F;
  Levels levels;
  for (const float entry : v) {
    float r = entry * f;
    if (std::isnan(r)) r = 0.0F;
    const float index = std::clamp(std::floor((r + (most + 1.0F)) / 2), 0.0F, most);
    levels.push_back(static_cast<std::int16_t>(2 * static_cast<int>(index) - s));
  }
  return levels;
}

class OddLevels : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, OddLevels,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

TEST_P(OddLevels, AreTheNearestOddNumbers) {
  EXPECT_THAT(rounded(Vector{-7, -6.1F, -5.9F, -2, -0.1F, 0, 0.1F, 2, 4.1F, 7}, 7, 7),
              ElementsAre(-7, -7, -5, -1, -1, 1, 1, 3, 5, 7));  // -2 and 2 are halfway
  EXPECT_THAT(rounded(Vector{-3, -0.5F, 0.5F, 3}, 3, 1), ElementsAre(-1, -1, 1, 1));
}

TEST_P(OddLevels, EqualThePlainLoop) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Vector v = seed < 2 ? normal_vector(n, seed) : awkward_vector(n, seed);
      const float largest = seed < 2 ? largest_magnitude(v) : 1.5F;
      for (const int s : {1, 3, 15, 255, 32767}) {
        EXPECT_EQ(rounded(v, largest, s), plainly_rounded(v, largest, s)) << n << ", " << s;
      }
    }
  }
}

TEST_P(OddLevels, AreOddAndNeverOutOfRange) {
  for (const int s : {1, 7, most_levels}) {
    for (const float largest : {0.0F, smallest, 1e-38F, 1.0F, 3e38F, infinity, nan_value}) {
      for (const std::int16_t level : rounded(awkward_vector(500, 1), largest, s)) {
        ASSERT_LE(std::abs(level), s) << largest;
        ASSERT_NE(level % 2, 0) << largest;
      }
    }
  }
}

TEST_P(OddLevels, SpecialValuesHaveDefinedLevels) {
  const Vector v{0.0F, -0.0F, nan_value, -nan_value, infinity, -infinity, 1.5F, -1.5F};
  EXPECT_THAT(rounded(v, 1.0F, 7), ElementsAre(1, 1, 1, 1, 7, -7, 7, -7));
  for (const float largest : {0.0F, smallest, nan_value, infinity}) {
    EXPECT_THAT(rounded(v, largest, 7), Each(1)) << largest;
  }
}

}  // namespace
}  // namespace gradwire::odd_levels_test
