#include "sim/kernels/arithmetic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/kernels/kth_largest.hpp"
#include "sim/kernels/weighted_sum.hpp"
#include "tests/kernels/vectors.hpp"
#include "tests/support/marks.hpp"

namespace gradwire::arithmetic_test {
namespace {

using namespace testing_support;

/// The order of summation of the kernels (arithmetic.cpp): term i goes to lane i mod 32, then
/// halves of the lanes are added.
double sum_in_lanes(const std::vector<double>& terms) {
  double lane[32] = {};
  for (std::size_t i = 0; i < terms.size(); ++i) lane[i % 32] += terms[i];
  for (std::size_t half = 16; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

class KernelsTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, KernelsTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

TEST_P(KernelsTest, AddScaledRoundsTheProductAndThenTheSum) {
  // 1 + 2^-12 squared is 1 + 2^-11 + 2^-24; only a fused multiply-add keeps the last term.
  const float x = 1.0F + 0x1p-12F;
  for (const std::size_t n : {1U, 3U, 16U, 40U}) {
    Vector y(n, -1.0F);
    add_scaled(x, Vector(n, x), y);
    EXPECT_EQ(y, Vector(n, 0x1p-11F));
  }
}

TEST_P(KernelsTest, AddScaledAndSumHasTheBitsOfItsParts) {
  for (const std::size_t n : sizes) {
    const Vector x = awkward_vector(n, 1), z = normal_vector(n, 2);
    Vector expected_y = normal_vector(n, 3);
    Vector y = expected_y;
    add_scaled(0.3F, x, expected_y);
    Vector expected = expected_y;
    add_scaled(1.0F, z, expected);

    Vector out(n);
    add_scaled_and_sum(0.3F, x, y, z, out);

    EXPECT_TRUE(same(y, expected_y)) << n;
    EXPECT_TRUE(same(out, expected)) << n;
  }
}

TEST_P(KernelsTest, WeightedSumAddsInTheOrderOfTheVectors) {
  for (const std::size_t n : {1UL, 40UL, 4096UL, 10000UL}) {
    const std::vector<Vector> vectors{normal_vector(n, 1), normal_vector(n, 2),
                                      normal_vector(n, 3)};
    Vector out = vectors[0];
    const std::vector<Weighted> terms{{0.5F, out}, {1.0F / 3, vectors[1]}, {-0.1F, vectors[2]}};

    weighted_sum(terms, out);  // in the place of the first

    for (std::size_t i = 0; i < n; ++i) {
      float expected = 0.5F * vectors[0][i];
      expected += 1.0F / 3 * vectors[1][i];
      expected += -0.1F * vectors[2][i];
      ASSERT_EQ(out[i], expected) << n << ", " << i;
    }
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
      std::vector<double> squares, distances, magnitudes;
      for (std::size_t i = 0; i < n; ++i) {
        const double x = a[i];
        const double difference = a[i] - b[i];  // in single precision
        squares.push_back(x * x);
        magnitudes.push_back(std::abs(x));
        distances.push_back(difference * difference);
      }
      EXPECT_EQ(squared_norm(a), sum_in_lanes(squares)) << n;
      EXPECT_EQ(sum_of_magnitudes(a), sum_in_lanes(magnitudes)) << n;
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

      const double distance = squared_distance(expected, theta);

      for (const bool in_place : {false, true}) {
        Vector before = theta;
        Vector zeroed = sum;
        Vector elsewhere(n, 7.0F);
        Vector& next = in_place ? before : elsewhere;
        SquaredDistance moved;
        take_step(alpha, before, zeroed, next, moved);

        EXPECT_TRUE(same(next, expected)) << n;
        EXPECT_TRUE(same(zeroed, Vector(n, 0.0F))) << n;
        EXPECT_TRUE(moved.total() == distance || std::isnan(distance)) << n;
      }
    }
  }
}

TEST_P(KernelsTest, SquaresNeitherOverflowNorVanish) {
  EXPECT_EQ(squared_norm(Vector{3.0F, 4.0F}), 25.0);
  EXPECT_EQ(squared_norm(Vector{3e38F}), static_cast<double>(3e38F) * static_cast<double>(3e38F));
  EXPECT_EQ(squared_norm(Vector{smallest}), 0x1p-298);
  EXPECT_EQ(squared_distance(Vector{1.0F, 2.0F}, Vector{4.0F, -2.0F}), 25.0);
}

TEST_P(KernelsTest, SumsOfMagnitudesAreInDoublePrecision) {
  EXPECT_EQ(sum_of_magnitudes(Vector{}), 0.0);
  EXPECT_EQ(sum_of_magnitudes(Vector{3.0F, -4.0F, -0.0F}), 7.0);
  EXPECT_EQ(sum_of_magnitudes(Vector{-3e38F, 3e38F}), 2.0 * static_cast<double>(3e38F));
  EXPECT_EQ(sum_of_magnitudes(Vector{1.0F, -0x1p-40F}), 1.0 + 0x1p-40);
  EXPECT_TRUE(std::isnan(sum_of_magnitudes(Vector{1.0F, nan_value})));
}

TEST_P(KernelsTest, SumsBySignAreThoseOfTheTwoParts) {
  for (const std::size_t n : sizes) {
    const Vector v = normal_vector(n, 3);
    std::vector<double> negative, others;
    for (const float x : v) {
      negative.push_back(x < 0 ? static_cast<double>(x) : 0.0);
      others.push_back(x < 0 ? 0.0 : static_cast<double>(x));
    }
    const SumsBySign sums = sums_by_sign(v);
    EXPECT_EQ(sums.negative, sum_in_lanes(negative)) << n;
    EXPECT_EQ(sums.others, sum_in_lanes(others)) << n;
    EXPECT_EQ(sums.negatives,
              static_cast<std::size_t>(std::ranges::count_if(v, [](float x) { return x < 0; })));
  }
  EXPECT_EQ(sums_by_sign(Vector{-0.0F, -1.0F, 2.0F}).others, 2.0);
  EXPECT_TRUE(std::isnan(sums_by_sign(Vector{nan_value, -1.0F}).others));
}

TEST_P(KernelsTest, LargestMagnitudeIsFoundAnywhere) {
  EXPECT_EQ(largest_magnitude(Vector{}), 0.0F);
  for (const std::size_t n : sizes) {
    Vector v(n, -0.25F);
    for (std::size_t i = 0; i < n; i += 1 + n / 50) {
      for (const float large : {1.5F, -1.5F, 3e38F, infinity, -infinity}) {
        v[i] = large;
        EXPECT_EQ(largest_magnitude(v), std::abs(large)) << n << ", " << i;
      }
      v[i] = -nan_value;
      EXPECT_TRUE(std::isnan(largest_magnitude(v))) << n << ", " << i;
      v[i] = i % 2 == 0 ? smallest : -0.25F;
    }
  }
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

TEST_P(KernelsTest, MarkingOnTheWayChangesNoBitAndMarksWhatIsLarge) {
  for (const std::size_t n : sizes) {
    const Vector x = awkward_vector(n, 1);
    Vector y = awkward_vector(n, 2);
    Vector expected = y;
    add_scaled(0.5F, x, expected);
    std::vector<std::uint8_t> bytes(n / 8 + 2, 0x55);
    const CandidateMask marks{bytes.data(), magnitude_of(0.75F)};

    add_scaled_and_mark(0.5F, x, y, marks);

    EXPECT_TRUE(same(y, expected)) << n;
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(is_marked(bytes, i), magnitude_of(expected[i]) > marks.above) << n << ", " << i;
    }
    EXPECT_EQ(bytes[(n + 7) / 8], 0x55) << n;  // nothing written past the end
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
  }
}

}  // namespace
}  // namespace gradwire::arithmetic_test
