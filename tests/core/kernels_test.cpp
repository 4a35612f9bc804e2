#include "sim/core/kernels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "sim/core/largest.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector.hpp"

namespace gradwire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr float smallest = std::numeric_limits<float>::denorm_min();

/// Around every register width and block of lanes, and past them.
const std::vector<std::size_t> sizes{0,  1,  2,  3,  4,  5,  7,  8,  9,   15,  16,   17,  31,
                                     32, 33, 47, 48, 63, 64, 65, 95, 127, 129, 1000, 4097};

Vector normal_vector(std::size_t n, std::uint64_t seed) {
  RandomStream random = stream(seed, "kernels", n);
  Vector v(n);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

/// Values that vector units like to treat differently, and few enough to make ties.
Vector awkward_vector(std::size_t n, std::uint64_t seed) {
  const std::vector<float> values{0.0F,      -0.0F,     smallest, -smallest, 1e-39F, 1.0F,
                                  -1.0F,     1.0F,      1e-20F,   3e38F,     -3e38F, infinity,
                                  -infinity, nan_value, 0.1F,     1.0F / 3};
  RandomStream random = stream(seed, "awkward", n);
  Vector v(n);
  for (float& x : v) x = values[random.below(values.size())];
  return v;
}

/// Equal bits; one NaN is as good as another.
bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}
bool same(const Vector& a, const Vector& b) {
  return std::ranges::equal(a, b, [](float x, float y) { return same(x, y); });
}

/// The lanes that kernels.cpp promises: term i to lane i mod 32, then halves added.
double sum_in_lanes(const std::vector<double>& terms) {
  double lane[32] = {};
  for (std::size_t i = 0; i < terms.size(); ++i) lane[i % 32] += terms[i];
  for (std::size_t half = 16; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

/// By definition: sorts everything.
std::vector<std::uint32_t> largest_by_sorting(std::span<const float> v, std::size_t k) {
  const auto magnitude = [&](std::uint32_t i) {
    return std::bit_cast<std::uint32_t>(v[i]) & 0x7fffffffU;
  };
  std::vector<std::uint32_t> order(v.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, std::greater{}, magnitude);
  order.resize(k);
  std::ranges::sort(order);
  return order;
}

std::vector<std::uint32_t> selected(std::span<const float> v, std::size_t k) {
  std::vector<std::uint32_t> indices;
  select_largest(v, k, 0, indices);
  return indices;
}

/// What the selection gives out beside the indices.
void expect_values(std::span<const float> v, const std::vector<std::uint32_t>& indices,
                   const std::vector<float>& values) {
  ASSERT_EQ(values.size(), indices.size());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_TRUE(same(values[i], v[indices[i]]));
}

/// Every test below runs with each vector width that this machine has.
class KernelsTest : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

INSTANTIATE_TEST_SUITE_P(OnTarget, KernelsTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

TEST_P(KernelsTest, AddScaledRoundsTheProductAndThenTheSum) {
  // 1 + 2^-12 squared is 1 + 2^-11 + 2^-24; only a fused multiply-add sees the last term.
  const float x = 1.0F + 0x1p-12F;
  for (const std::size_t n : {1U, 3U, 16U, 40U}) {
    Vector y(n, -1.0F);
    add_scaled(x, Vector(n, x), y);
    EXPECT_EQ(y, Vector(n, 0x1p-11F));
  }
}

TEST_P(KernelsTest, ElementwiseKernelsEqualThePlainLoopToTheBit) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      for (const float alpha : {0.005F, -1.0F / 3, 0.0F, 1e-30F, 3e38F}) {
        const Vector x = seed % 2 == 0 ? normal_vector(n, seed) : awkward_vector(n, seed);
        const Vector before = seed < 2 ? normal_vector(n, seed + 9) : awkward_vector(n, seed + 9);
        Vector added(n), scaled(n), difference(n);
        for (std::size_t i = 0; i < n; ++i) {
          scaled[i] = alpha * x[i];
          added[i] = before[i] + scaled[i];
          difference[i] = before[i] - x[i];
        }
        Vector y = before;
        add_scaled(alpha, x, y);
        EXPECT_TRUE(same(y, added)) << n;
        y = before;
        subtract(x, y);
        EXPECT_TRUE(same(y, difference)) << n;
        scale(alpha, x, y);
        EXPECT_TRUE(same(y, scaled)) << n;
      }
    }
  }
}

TEST_P(KernelsTest, SumsEqualThePlainLanesToTheBit) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Vector a = normal_vector(n, seed);
      const Vector b = normal_vector(n, seed + 100);
      std::vector<double> squares, distances;
      for (std::size_t i = 0; i < n; ++i) {
        const double x = a[i];
        const double difference = a[i] - b[i];  // in single precision
        squares.push_back(x * x);
        distances.push_back(difference * difference);
      }
      EXPECT_EQ(squared_norm(a), sum_in_lanes(squares)) << n;
      EXPECT_EQ(squared_distance(a, b), sum_in_lanes(distances)) << n;
    }
  }
}

TEST_P(KernelsTest, SquaredDistanceOfBlocksIsThatOfTheWholeToTheBit) {
  const Vector a = normal_vector(1000, 1);
  const Vector b = normal_vector(1000, 2);
  for (const std::size_t block : {32U, 96U, 512U}) {
    SquaredDistance distance;
    for (std::size_t i = 0; i < a.size(); i += block) {
      const std::size_t n = std::min(block, a.size() - i);
      distance.add(std::span(a).subspan(i, n), std::span(b).subspan(i, n));
    }
    EXPECT_EQ(distance.total(), squared_distance(a, b));
  }
}

TEST_P(KernelsTest, AStepIsItsPartsToTheBit) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const float alpha = seed % 2 == 0 ? -1.0F : -1.0F / 3;
      const Vector theta = seed < 2 ? normal_vector(n, seed) : awkward_vector(n, seed);
      Vector sum = normal_vector(n, seed + 9);
      for (std::size_t i = 0; i < n; i += 2) sum[i] = i % 3 == 0 ? 0.0F : -0.0F;
      Vector expected = theta;
      add_scaled(alpha, sum, expected);

      Vector next(n, 7.0F);
      SquaredDistance moved;
      take_step(alpha, theta, sum, next, moved);

      EXPECT_TRUE(same(next, expected)) << n;
      EXPECT_TRUE(same(sum, Vector(n, 0.0F))) << n;
      const double distance = squared_distance(expected, theta);
      EXPECT_TRUE(moved.total() == distance || std::isnan(distance)) << n;
    }
  }
}

TEST_P(KernelsTest, SelectionAcrossManyPowersOfTwoEqualsSorting) {
  Vector v = normal_vector(20000, 8);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::ldexp(v[i], static_cast<int>(i % 90) - 60);
  for (const float guessed : {1e-15F, 1.0F, 1e6F}) {
    for (const std::size_t k : {1U, 3000U, 12000U}) {
      SelectionGuess guess{std::bit_cast<std::int32_t>(guessed)};
      std::vector<std::uint32_t> indices;
      std::vector<float> values;
      LargestEntries(v, k, guess).append(0, indices, values);
      EXPECT_EQ(indices, largest_by_sorting(v, k)) << k << ", " << guessed;
    }
  }
}

TEST_P(KernelsTest, ResultsDoNotDependOnAlignment) {
  const Vector a = normal_vector(1024, 1);
  const Vector b = normal_vector(1024, 2);
  for (std::size_t shift = 1; shift < 20; ++shift) {
    const Vector a_aligned(a.begin() + static_cast<std::ptrdiff_t>(shift), a.end());
    const Vector b_aligned(b.begin() + static_cast<std::ptrdiff_t>(shift), b.end());
    EXPECT_EQ(squared_distance(std::span(a).subspan(shift), std::span(b).subspan(shift)),
              squared_distance(a_aligned, b_aligned));
    EXPECT_EQ(selected(std::span(a).subspan(shift), 100), selected(a_aligned, 100));
  }
}

TEST_P(KernelsTest, SquaresNeitherOverflowNorVanish) {
  EXPECT_EQ(squared_norm(Vector{3.0F, 4.0F}), 25.0);
  EXPECT_EQ(squared_norm(Vector{3e38F}), static_cast<double>(3e38F) * static_cast<double>(3e38F));
  EXPECT_EQ(squared_norm(Vector{smallest}), 0x1p-298);
  EXPECT_EQ(squared_distance(Vector{1.0F, 2.0F}, Vector{4.0F, -2.0F}), 25.0);
}

TEST_P(KernelsTest, AllFiniteFindsOneBadValueAnywhere) {
  for (const std::size_t n : sizes) {
    Vector v(n, std::numeric_limits<float>::max());
    EXPECT_TRUE(all_finite(v));
    for (std::size_t i = 0; i < n; i += 1 + n / 50) {
      for (const float bad : {infinity, -infinity, nan_value, -nan_value}) {
        v[i] = bad;
        EXPECT_FALSE(all_finite(v)) << n << ", " << i;
      }
      v[i] = -smallest;
    }
    EXPECT_TRUE(all_finite(v));
  }
}

TEST_P(KernelsTest, SelectsTheLargestMagnitudesInAscendingOrderOfIndex) {
  EXPECT_THAT(selected(Vector{1.0F, -5.0F, 2.0F, 0.0F, 4.0F}, 3), ElementsAre(1, 2, 4));
  EXPECT_THAT(selected(Vector{1.0F, -5.0F}, 0), IsEmpty());
  EXPECT_THAT(selected(Vector{}, 0), IsEmpty());
}

TEST_P(KernelsTest, OfEqualMagnitudesTheLowestIndexIsSelected) {
  EXPECT_THAT(selected(Vector{1.0F, -2.0F, 2.0F, -2.0F, 3.0F}, 3), ElementsAre(1, 2, 4));
  EXPECT_THAT(selected(Vector{0.0F, -0.0F, 0.0F, -0.0F}, 2), ElementsAre(0, 1));
}

TEST_P(KernelsTest, NanIsLargerThanInfinityAndInfinityThanNumbers) {
  EXPECT_THAT(selected(Vector{3e38F, infinity, 1.0F, nan_value, -infinity}, 2), ElementsAre(1, 3));
}

TEST_P(KernelsTest, DenormalsAreNotZero) {
  EXPECT_THAT(selected(Vector{0.0F, smallest, 0.0F, -2 * smallest, smallest}, 2),
              ElementsAre(1, 3));
}

TEST_P(KernelsTest, SelectionAppendsWithItsOffset) {
  std::vector<std::uint32_t> indices{7};
  select_largest(Vector{1.0F, 3.0F, 2.0F}, 2, 10, indices);
  select_largest(Vector{1.0F, 3.0F}, 2, 20, indices);
  EXPECT_THAT(indices, ElementsAre(7, 11, 12, 20, 21));
}

TEST_P(KernelsTest, SelectionEqualsSortingForEverySmallSizeAndK) {
  for (std::size_t n = 0; n < 70; ++n) {
    for (std::size_t k = 0; k <= n; ++k) {
      for (const Vector& v : {normal_vector(n, k), awkward_vector(n, k)}) {
        ASSERT_EQ(selected(v, k), largest_by_sorting(v, k)) << n << ", " << k;
      }
    }
  }
}

TEST_P(KernelsTest, SelectionEqualsSortingForLargeVectors) {
  for (const std::size_t n : {4096U, 16384U, 50021U}) {
    const Vector normal = normal_vector(n, 1);
    Vector ascending = normal;
    std::ranges::sort(ascending, std::less{}, [](float x) { return std::abs(x); });
    const Vector descending(ascending.rbegin(), ascending.rend());
    const Vector equal(n, 1.0F);
    Vector rounded = normal;  // about 30 magnitudes, so ties on both sides of any bound
    for (float& x : rounded) x = std::round(8 * x) / 8;
    Vector sparse(n);
    for (std::size_t i = 0; i < n; i += 784) sparse[i] = normal[i];
    const std::vector<Vector> inputs{normal, ascending, descending,          rounded,
                                     sparse, equal,     awkward_vector(n, 2)};
    for (const std::size_t k : {std::size_t{1}, n / 1000, n / 100, n / 9, n / 2, n - 1, n}) {
      for (const Vector& v : inputs) ASSERT_EQ(selected(v, k), largest_by_sorting(v, k)) << n;
    }
  }
}

TEST_P(KernelsTest, SelectionDoesNotDependOnItsGuess) {
  const std::size_t n = 20000;
  const Vector v = normal_vector(n, 5);
  for (const std::size_t k : {std::size_t{1}, n / 100, n / 2}) {
    for (const float guessed : {0.0F, smallest, 0.1F, 2.5F, 2.6F, 100.0F, infinity, nan_value}) {
      SelectionGuess guess{std::bit_cast<std::int32_t>(guessed) & 0x7fffffff};
      for (int t = 0; t < 2; ++t) {  // once more with what it has learned
        std::vector<std::uint32_t> indices;
        std::vector<float> values;
        LargestEntries(v, k, guess).append(0, indices, values);
        EXPECT_EQ(indices, largest_by_sorting(v, k)) << k << ", " << guessed << ", " << t;
        expect_values(v, indices, values);
      }
    }
  }
}

TEST_P(KernelsTest, SelectionIsExactWhateverTheOrderAndTheTies) {
  const std::size_t n = 40000;
  const auto magnitude = [](float x) { return std::abs(x); };
  Vector shuffled = normal_vector(n, 8);
  for (float& x : shuffled) x = std::round(8.0F * x) / 8.0F;  // many equals
  Vector ascending = shuffled;
  std::ranges::sort(ascending, {}, magnitude);
  Vector descending(ascending.rbegin(), ascending.rend());
  for (const Vector& v : {shuffled, ascending, descending, Vector(n, 1.0F), Vector(n, 0.0F)}) {
    for (const std::size_t k : {std::size_t{1}, n / 100, n / 10}) {
      for (const float guessed : {smallest, 0.5F, 1.5F, 2.5F, 2.7F, 3.0F}) {
        SelectionGuess guess{std::bit_cast<std::int32_t>(guessed)};
        std::vector<std::uint32_t> indices;
        std::vector<float> values;
        LargestEntries largest(v, k, guess);
        for (std::size_t end = 0; end < n; end += 7840) largest.written(end);
        largest.append(0, indices, values);
        ASSERT_EQ(indices, largest_by_sorting(v, k)) << k << ", " << guessed;
        expect_values(v, indices, values);
      }
    }
  }
}

TEST_P(KernelsTest, SelectionWhileWritingIsThatOfTheFinishedVector) {
  const std::size_t n = 50021;
  const Vector final = normal_vector(n, 6);
  for (const std::size_t k : {std::size_t{1}, n / 100, n / 3, n}) {
    for (const std::size_t piece : {1000U, 7840U, 16384U}) {
      SelectionGuess guess;
      for (int t = 0; t < 3; ++t) {  // the first time without a guess
        Vector v = normal_vector(n, 7);
        LargestEntries largest(v, k, guess);
        for (std::size_t end = 0; end < n;) {
          const std::size_t begin = end;
          end = std::min(n, end + piece);
          std::copy(final.begin() + static_cast<std::ptrdiff_t>(begin),
                    final.begin() + static_cast<std::ptrdiff_t>(end),
                    v.begin() + static_cast<std::ptrdiff_t>(begin));
          largest.written(end);
        }
        std::vector<std::uint32_t> indices;
        std::vector<float> values;
        largest.append(0, indices, values);
        EXPECT_EQ(indices, largest_by_sorting(final, k)) << k << ", " << piece << ", " << t;
        expect_values(final, indices, values);
      }
    }
  }
}

TEST_P(KernelsTest, SelectionIsExactAlsoWhereItsSampleMisleads) {
  // The large entries sit where the sample looks, and nowhere else: it expects 128 times as many.
  constexpr std::size_t n = 131072;
  constexpr std::size_t samples = n / 128;
  constexpr std::size_t stride = n / samples;
  Vector v = normal_vector(n, 3);
  for (float& x : v) x *= 1e-3F;
  for (std::size_t j = 0; j < samples; ++j) {
    const std::uint64_t jitter = static_cast<std::uint32_t>(j * 2654435761U);
    v[j * stride + ((jitter * stride) >> 32U)] += 100.0F;
  }
  for (const std::size_t k : {10U, 1000U, 1024U, 1025U, 2000U, 10000U}) {
    ASSERT_EQ(selected(v, k), largest_by_sorting(v, k)) << k;
  }
}

}  // namespace
}  // namespace gradwire
