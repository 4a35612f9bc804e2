#include "sim/kernels/ternary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sim/kernels/arithmetic.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::ternary_test {
namespace {

using namespace testing_support;
using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using Levels = std::vector<std::int16_t>;

Levels levels_of(std::span<const float> v, float most, float scale, const RandomKey& key,
                 std::uint32_t first = 0) {
  Levels levels(v.size());
  ternary_levels(v, most, scale, key, first, levels);
  return levels;
}

/// The definition of ternary.hpp, entry by entry.
Levels plain_levels_of(std::span<const float> v, float most, float scale, const RandomKey& key,
                       std::uint32_t first) {
  float f = 0x1p30F / scale;
  if (!std::isfinite(f)) f = 0.0F;
  Levels levels;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const float product = std::abs(v[i]) * f;
    double p = std::isnan(product) ? 0.0 : std::min(product, 0x1p30F);
    if (!std::isnan(most * f)) p = std::min(p, static_cast<double>(most * f));
    const double bits = random_bits(key, first + static_cast<std::uint32_t>(i)) >> 2U;
    const int level = bits < std::floor(p) ? 1 : 0;
    levels.push_back(static_cast<std::int16_t>(v[i] < 0.0F ? -level : level));
  }
  return levels;
}

class TernaryTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, TernaryTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

// Computed by tests/reference/ternary.py.
TEST_P(TernaryTest, GivesTheLevelsOfTheReference) {
  Vector v;
  for (int i = 0; i < 24; ++i) v.push_back(static_cast<float>(i * 37 % 41 - 20) / 32.0F);
  EXPECT_THAT(
      levels_of(v, 0.625F, 0.625F, random_key(5), 0),
      ElementsAre(-1, 1, 0, 1, 0, 0, -1, -1, 0, -1, -1, 0, 1, 0, 1, 0, 0, 0, 0, 0, -1, 1, 0, 0));
  EXPECT_THAT(
      levels_of(v, 0.3F, 0.625F, random_key(5), 0),
      ElementsAre(-1, 1, 0, 1, 0, 0, -1, -1, 0, -1, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0));
  EXPECT_THAT(levels_of(v, 0.625F, 2.75F, random_key(5), 7),
              ElementsAre(-1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(levels_of(v, 0.1F, 0.1F, random_key(5), 9),
              ElementsAre(-1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 0, 0, -1, -1, -1, -1,
                          1, 1, 1));
}

TEST_P(TernaryTest, EqualsThePlainLoop) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Vector v = seed < 2 ? normal_vector(n, seed) : awkward_vector(n, seed);
      for (const float most : {0.0F, 0.5F, 1.5F}) {
        for (const float scale : {1.5F, 4.0F, 0.0F, smallest, infinity, nan_value}) {
          const auto first = static_cast<std::uint32_t>(3 * n + seed);
          EXPECT_EQ(levels_of(v, most, scale, random_key(seed), first),
                    plain_levels_of(v, most, scale, random_key(seed), first))
              << n << ", " << most << ", " << scale;
        }
      }
    }
  }
}

TEST_P(TernaryTest, PartsOfAVectorGiveThePartsOfItsLevels) {
  const Vector v = normal_vector(1000, 1);
  const Levels all = levels_of(v, 2.0F, 3.0F, random_key(3), 500);
  for (const std::size_t begin : {0U, 1U, 13U, 999U}) {
    EXPECT_THAT(levels_of(std::span(v).subspan(begin), 2.0F, 3.0F, random_key(3),
                          static_cast<std::uint32_t>(500 + begin)),
                ElementsAreArray(all.begin() + static_cast<std::ptrdiff_t>(begin), all.end()));
  }
}

TEST_P(TernaryTest, EntriesAtTheScaleAreAlwaysSent) {  // powers of two: the products are exact
  Vector v(1000, 0.25F);
  for (std::size_t i = 0; i < v.size(); i += 2) v[i] = -0.25F;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Levels levels = levels_of(v, 0.25F, 0.25F, random_key(seed));
    for (std::size_t i = 0; i < v.size(); ++i) ASSERT_EQ(levels[i], i % 2 == 0 ? -1 : 1);
  }
}

TEST_P(TernaryTest, MomentsAreThoseOfThePlainLoops) {
  for (const std::size_t n : sizes) {
    const Vector v = normal_vector(n, 7);
    std::vector<double> sum(16), squares(16);
    for (std::size_t i = 0; i < n; ++i) {
      const double x = v[i];
      sum[i % 16] += x;
      squares[i % 16] += x * x;
    }
    Moments expected{.largest = largest_magnitude(v)};
    for (std::size_t l = 0; l < 16; ++l) {
      expected.sum += sum[l];
      expected.sum_of_squares += squares[l];
    }
    EXPECT_EQ(moments(v), expected) << n;
  }
}

TEST_P(TernaryTest, TheLargestOfAVectorWithNanIsNan) {
  for (const std::size_t at : {0U, 20U, 32U}) {
    Vector v(33, 1.0F);
    v[at] = nan_value;
    EXPECT_TRUE(std::isnan(moments(v).largest)) << at;
  }
}

TEST_P(TernaryTest, AddsLevels) {
  for (const std::size_t n : sizes) {
    Levels levels(n), sum(n), expected(n);
    for (std::size_t i = 0; i < n; ++i) {
      levels[i] = static_cast<std::int16_t>(static_cast<int>(i % 3) - 1);
      sum[i] = static_cast<std::int16_t>(static_cast<int>(i * 7 % 65000) - 32500);
      expected[i] = static_cast<std::int16_t>(sum[i] + levels[i]);
    }
    add_levels(levels, sum);
    EXPECT_EQ(sum, expected) << n;
  }
}

TEST(Ternary, NeighboursAreIndependent) {
  constexpr std::size_t n = 1 << 18;
  const Levels levels = levels_of(Vector(n, 0.5F), 1.0F, 1.0F, random_key(2));
  double sum = 0.0;
  for (std::size_t i = 1; i < n; ++i) sum += (2.0 * levels[i] - 1.0) * (2.0 * levels[i - 1] - 1.0);
  EXPECT_LT(std::abs(sum), 4.5 * std::sqrt(n));
}

}  // namespace
}  // namespace gradwire::ternary_test
