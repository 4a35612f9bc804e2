#include "sim/kernels/quantise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sim/kernels/arithmetic.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::quantise_test {
namespace {

using namespace testing_support;
using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using Levels = std::vector<std::int16_t>;

Levels quantised(std::span<const float> v, float norm, int s, const RandomKey& key,
                 std::uint32_t first = 0) {
  Levels levels(v.size());
  quantise(v, norm, s, key, first, levels);
  return levels;
}

/// The definition of quantise.hpp, entry by entry, in double precision where that is exact.
Levels plainly_quantised(std::span<const float> v, float norm, int s, const RandomKey& key,
                         std::uint32_t first) {
  float f = static_cast<float>(s) / norm;
  if (!std::isfinite(f)) f = 0.0F;
  Levels levels;
  for (std::size_t i = 0; i < v.size(); ++i) {
    float r = std::abs(v[i]) * f;
    if (std::isnan(r)) r = 0.0F;
    r = std::min(r, static_cast<float>(s));
    const double l = std::floor(r);
    const double bits = random_bits(key, first + static_cast<std::uint32_t>(i)) >> 1U;
    const int xi = static_cast<int>(l) + (bits < std::floor((r - l) * 0x1p31) ? 1 : 0);
    levels.push_back(static_cast<std::int16_t>(v[i] < 0.0F ? -xi : xi));
  }
  return levels;
}

class QuantiseTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, QuantiseTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

// Computed by tests/reference/quantise.py.
TEST_P(QuantiseTest, GivesTheLevelsOfTheReference) {
  Vector v;
  for (int i = 0; i < 24; ++i) v.push_back(static_cast<float>(i * 37 % 41 - 20) / 32.0F);
  EXPECT_THAT(
      quantised(v, 2.75F, 1, random_key(5), 0),
      ElementsAre(0, 0, 0, 0, 0, 0, -1, -1, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(
      quantised(v, 2.75F, 4, random_key(5), 7),
      ElementsAre(-1, 0, 1, 1, 0, 0, 0, -1, 0, 0, -1, 1, 0, 0, 0, 0, 0, 0, 0, -1, -1, 1, 0, 1));
  EXPECT_THAT(quantised(v, 2.75F, 255, random_key(5), 0),
              ElementsAre(-58, 50, 37, 26, 14, 3, -9, -21, -31, -44, -55, 52, 40, 29, 18, 6, -6,
                          -17, -29, -40, -52, 55, 43, 32));
  EXPECT_THAT(quantised(v, 1.0F, 32767, random_key(5), 1000),
              ElementsAre(-20480, 17408, 13311, 9216, 5120, 1024, -3072, -7168, -11264, -15359,
                          -19455, 18432, 14335, 10240, 6144, 2048, -2048, -6144, -10240, -14336,
                          -18432, 19455, 15360, 11263));
}

TEST_P(QuantiseTest, EqualsThePlainLoop) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Vector v = seed < 2 ? normal_vector(n, seed) : awkward_vector(n, seed);
      const auto norm = seed < 2 ? static_cast<float>(std::sqrt(squared_norm(v))) : 1.5F;
      for (const int s : {1, 2, 4, 255, 32767}) {
        const auto first = static_cast<std::uint32_t>(3 * n + seed);
        EXPECT_EQ(quantised(v, norm, s, random_key(seed), first),
                  plainly_quantised(v, norm, s, random_key(seed), first))
            << n << ", " << s;
      }
    }
  }
}

TEST_P(QuantiseTest, PartsOfAVectorGiveThePartsOfItsLevels) {
  const Vector v = normal_vector(1000, 1);
  const auto norm = static_cast<float>(std::sqrt(squared_norm(v)));
  const Levels all = quantised(v, norm, 16, random_key(3), 500);
  for (const std::size_t begin : {0U, 1U, 13U, 999U}) {
    const auto part = quantised(std::span(v).subspan(begin), norm, 16, random_key(3),
                                static_cast<std::uint32_t>(500 + begin));
    EXPECT_THAT(part,
                ElementsAreArray(all.begin() + static_cast<std::ptrdiff_t>(begin), all.end()));
  }
}

TEST_P(QuantiseTest, LeavesAnEntryThatIsALevelAsItIs) {
  for (const int s : {1, 8, 1024, 16384}) {  // powers of two: r is exact
    Vector v;
    Levels levels;
    for (int i = 0; i < 4096; ++i) {
      const int level = i % 5 == 0 ? s : i * 7919 % (s + 1);
      const int sign = i % 2 == 0 ? 1 : -1;
      v.push_back(static_cast<float>(sign * level) / static_cast<float>(s));
      levels.push_back(static_cast<std::int16_t>(sign * level));
    }
    EXPECT_EQ(quantised(v, 1.0F, s, random_key(1)), levels) << s;
  }
}

TEST_P(QuantiseTest, IsNeverOutOfRange) {
  for (const int s : {1, 7, 32767}) {
    for (const float norm : {0.0F, smallest, 1e-38F, 1e-20F, 1.0F, 3e38F, infinity, nan_value}) {
      for (const std::int16_t level : quantised(awkward_vector(500, 1), norm, s, random_key(1))) {
        ASSERT_LE(std::abs(level), s) << norm;
      }
    }
  }
}

TEST_P(QuantiseTest, SpecialValuesHaveDefinedLevels) {
  const Vector v{0.0F, -0.0F, nan_value, -nan_value, infinity, -infinity, 1.5F, -1.5F, 1.0F};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_THAT(quantised(v, 1.0F, 7, random_key(seed)), ElementsAre(0, 0, 0, 0, 7, -7, 7, -7, 7));
    for (const float norm : {0.0F, smallest, nan_value, infinity}) {
      EXPECT_THAT(quantised(v, norm, 7, random_key(seed)), Each(0)) << norm;
    }
  }
}

TEST_P(QuantiseTest, AddsTheProductRoundedAndThenTheSum) {
  for (const std::size_t n : sizes) {
    const Vector v = normal_vector(n, 1);
    const Levels levels = quantised(v, 1.0F, 32767, random_key(1));
    for (const float scale : {1.0F / 3, 0.7e-5F, 0.0F, 1e38F}) {
      const Vector before = n % 2 == 0 ? normal_vector(n, 2) : awkward_vector(n, 2);
      Vector sum = before;
      Vector difference = before;
      for (std::size_t i = 0; i < n; ++i) {
        const float product = scale * static_cast<float>(levels[i]);
        sum[i] += product;
        difference[i] -= product;
      }
      Vector y = before;
      dequantise_add(levels, scale, y);
      EXPECT_TRUE(same(y, sum)) << n << ", " << scale;
      y = before;
      dequantise_subtract(levels, scale, y);
      EXPECT_TRUE(same(y, difference)) << n << ", " << scale;
    }
  }
}

TEST_P(QuantiseTest, DoesNotFuseProductAndSum) {
  // 4097 scale = (1 + 2^-12)(1 + 2^-12) = 1 + 2^-11 + 2^-24
  const float scale = (1.0F + 0x1p-12F) * 0x1p-12F;
  for (const std::size_t n : {1U, 3U, 16U, 40U}) {
    Vector y(n, -1.0F);
    dequantise_add(Levels(n, 4097), scale, y);
    EXPECT_EQ(y, Vector(n, 0x1p-11F));
  }
}

// With independent draws the mean of n levels has the standard deviation sqrt(p (1 - p) / n), p the
// fraction of r.
TEST(Quantise, IsUnbiased) {
  constexpr std::size_t n = 1 << 18;
  for (const int s : {1, 3, 255, 32767}) {
    for (const float x : {1e-6F, 1e-3F, 0.1F, -0.5F, 0.3141592F, -0.9999F}) {
      const double r = static_cast<float>(s) * std::abs(x);  // in single precision; norm 1
      const double p = r - std::floor(r);
      double sum = 0.0;
      for (const std::int16_t level : quantised(Vector(n, x), 1.0F, s, random_key(11))) {
        sum += x < 0.0F ? -level : level;
      }
      EXPECT_NEAR(sum / n, r, 4.5 * std::sqrt(p * (1.0 - p) / n) + 0x1p-31) << s << ", " << x;
    }
  }
}

// E ||Q(v) - v||^2 = (norm / s)^2 sum p_i (1 - p_i), which QSGD (lemma 3.1) bounds by
// min(d / s^2, sqrt(d) / s) ||v||^2.
TEST(Quantise, HasTheVarianceOfQsgd) {
  constexpr std::size_t d = 20000;
  const Vector v = normal_vector(d, 1);
  const double norm = std::sqrt(squared_norm(v));
  for (const int s : {1, 16, 141, 1000}) {
    double expected = 0.0;
    for (const float x : v) {
      const double r = std::abs(x) / norm * s;
      const double p = r - std::floor(r);
      expected += p * (1.0 - p) * (norm / s) * (norm / s);
    }
    double total = 0.0;
    constexpr int repetitions = 20;
    for (std::uint64_t seed = 0; seed < repetitions; ++seed) {
      Vector error(d);
      scale(-1.0F, v, error);
      const Levels levels = quantised(v, static_cast<float>(norm), s, random_key(seed));
      dequantise_add(levels, static_cast<float>(norm / s), error);
      total += squared_norm(error);
    }
    EXPECT_NEAR(total / repetitions / expected, 1.0, 0.03) << s;
    EXPECT_LE(expected, std::min(d / (1.0 * s * s), std::sqrt(d) / s) * norm * norm);
  }
}

TEST(Quantise, ErrorsOfNeighboursAreNotCorrelated) {
  constexpr std::size_t n = 1 << 18;
  const Levels levels = quantised(Vector(n, 0.5F), 1.0F, 1, random_key(2));
  double sum = 0.0;
  for (std::size_t i = 1; i < n; ++i) sum += (2.0 * levels[i] - 1.0) * (2.0 * levels[i - 1] - 1.0);
  EXPECT_LT(std::abs(sum), 4.5 * std::sqrt(n));
}

}  // namespace
}  // namespace gradwire::quantise_test
