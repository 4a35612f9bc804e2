#include "sim/kernels/random_bits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/kernels/chi_square.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::random_bits_test {
namespace {

using namespace testing_support;
using testing::ElementsAre;

std::vector<std::uint32_t> draws(const RandomKey& key, std::uint32_t first, std::size_t n) {
  std::vector<std::uint32_t> bits(n);
  random_bits(key, first, bits);
  return bits;
}

/// In [0, 1).
double uniform(std::uint32_t bits) { return bits * 0x1p-32; }

/// sqrt(n) times the correlation of two sequences of uniform numbers: standard normal if they are
/// independent.
double correlation(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (uniform(a[i]) - 0.5) * (uniform(b[i]) - 0.5);
  return 12.0 * sum / std::sqrt(static_cast<double>(a.size()));
}

/// The largest deviation, in standard deviations, of the number of i for which bit p of a_i equals
/// bit q of b_i, over all p and q.
double largest_bit_correlation(const std::vector<std::uint32_t>& a,
                               const std::vector<std::uint32_t>& b) {
  const auto n = static_cast<double>(a.size());
  double largest = 0.0;
  for (int shift = 0; shift < 32; ++shift) {
    std::vector<int> equal(32);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::uint32_t same_bits = ~(a[i] ^ std::rotl(b[i], shift));
      for (std::size_t p = 0; p < 32; ++p) equal[p] += static_cast<int>(same_bits >> p & 1U);
    }
    for (const int count : equal) {
      largest = std::max(largest, std::abs(count - n / 2.0) / std::sqrt(n / 4.0));
    }
  }
  return largest;
}

class RandomBitsTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, RandomBitsTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

// Computed by tests/reference/random_bits.py. They must never change: every number of a randomised
// method depends on them.
TEST_P(RandomBitsTest, DrawsWhatTheReferenceDraws) {
  EXPECT_THAT(draws(random_key(0), 0, 6),
              ElementsAre(0x2ddb03de, 0xa37af033, 0x8c212fe1, 0xe720f43f, 0xda16d09c, 0xb75cdb3d));
  EXPECT_THAT(draws(random_key(1), 0, 6),
              ElementsAre(0x3228b48b, 0x8d0c94f1, 0x2913e62b, 0x7ec37913, 0xea6d4e67, 0x06ecdd27));
  EXPECT_THAT(draws(random_key(0x0123456789abcdef), 0, 6),
              ElementsAre(0x5b072578, 0xd1d74c3f, 0x7c6056aa, 0xca6b424b, 0xc377bd54, 0x8a7355ba));
}

TEST_P(RandomBitsTest, CountersContinueWithZeroAfterTheLast) {
  EXPECT_THAT(draws(random_key(1), 0xfffffffe, 4),
              ElementsAre(0x7a2f9806, 0x99204435, 0x3228b48b, 0x8d0c94f1));
}

TEST_P(RandomBitsTest, EqualTheirDefinitionFromAnyCounterOn) {
  for (const std::size_t n : sizes) {
    for (const std::uint32_t first : {0U, 1U, 7U, 1000003U, 0xfffffff1U}) {
      const RandomKey key = random_key(n);
      std::vector<std::uint32_t> expected;
      for (std::size_t i = 0; i < n; ++i) {
        std::uint32_t x = first + static_cast<std::uint32_t>(i) + key.words[0];
        x = (x ^ (x >> 17)) * 0xed5ad4bbU + key.words[1];
        x = (x ^ (x >> 11)) * 0xac4c1b51U + key.words[2];
        x = (x ^ (x >> 15)) * 0x31848babU;
        expected.push_back(x ^ (x >> 14));
      }
      std::vector<std::uint32_t> out(n + 1, 7);  // at an odd address too
      random_bits(key, first, std::span(out).subspan(1));
      EXPECT_TRUE(std::ranges::equal(std::span(out).subspan(1), expected)) << n << ", " << first;
      EXPECT_EQ(out[0], 7U);
      if (n > 0) {
        EXPECT_EQ(random_bits(key, first), expected[0]);
      }
    }
  }
}

TEST(RandomBits, WithoutKeyAreTriple32) {
  EXPECT_THAT(draws({}, 0, 3), ElementsAre(0U, 0x042741d6U, 0xf1dfe8e9U));
}

TEST(RandomBits, KeysAreThoseOfTheReference) {
  EXPECT_EQ(random_key(0), (RandomKey{{0x7b1dcdaf, 0xe220a839, 0xa1b965f4}}));
  EXPECT_EQ(random_key(1), (RandomKey{{0x89025cc1, 0x910a2dec, 0x658eec67}}));
}

TEST(RandomBits, EveryByteIsUniform) {
  for (std::uint64_t number = 0; number < 8; ++number) {
    const auto bits = draws(random_key(number), 0, 1 << 17);
    for (unsigned shift = 0; shift < 32; shift += 8) {
      std::vector<std::uint64_t> counts(256);
      for (const std::uint32_t x : bits) ++counts[x >> shift & 0xffU];
      EXPECT_LT(std::abs(deviations_from_uniform(counts)), 4.5) << number << ", " << shift;
    }
  }
}

TEST(RandomBits, HaveTheMomentsOfTheUniformDistribution) {
  constexpr std::size_t n = 1 << 20;
  for (std::uint64_t number = 0; number < 4; ++number) {
    double sum = 0.0, squares = 0.0;
    for (const std::uint32_t x : draws(random_key(number), 0, n)) {
      sum += uniform(x) - 0.5;
      squares += (uniform(x) - 0.5) * (uniform(x) - 0.5);
    }
    const double mean_error = std::sqrt(1.0 / 12.0 / n);
    const double variance_error = std::sqrt(1.0 / 180.0 / n);
    EXPECT_NEAR(sum / n, 0.0, 4.5 * mean_error) << number;
    EXPECT_NEAR(squares / n, 1.0 / 12.0, 4.5 * variance_error) << number;
  }
}

TEST(RandomBits, NeighbouringCountersAreNotCorrelated) {
  for (std::uint64_t number = 0; number < 3; ++number) {
    const auto bits = draws(random_key(number), 0, 1 << 14);
    for (const std::uint32_t lag : {1U, 2U, 3U, 16U, 256U, 1U << 16U}) {
      const auto later = draws(random_key(number), lag, 1 << 14);
      EXPECT_LT(std::abs(correlation(bits, later)), 4.5) << number << ", " << lag;
      EXPECT_LT(largest_bit_correlation(bits, later), 5.5) << number << ", " << lag;
    }
  }
}

TEST(RandomBits, KeysOfNumbersThatDifferInOneBitAreNotCorrelated) {
  const auto bits = draws(random_key(42), 0, 1 << 12);
  for (unsigned b = 0; b < 64; ++b) {
    const auto others = draws(random_key(42 ^ (std::uint64_t{1} << b)), 0, 1 << 12);
    EXPECT_LT(std::abs(correlation(bits, others)), 4.5) << b;
    EXPECT_LT(largest_bit_correlation(bits, others), 5.5) << b;
  }
}

TEST(RandomBits, OneCounterOfManyKeysIsUniform) {
  for (const std::uint32_t counter : {0U, 1U, 407049U}) {
    std::vector<std::uint64_t> counts(1 << 10);
    for (std::uint64_t number = 0; number < 1 << 16; ++number) {
      ++counts[random_bits(random_key(number), counter) >> 22U];
    }
    EXPECT_LT(std::abs(deviations_from_uniform(counts)), 4.5) << counter;
  }
}

TEST(RandomBits, PairsOfNeighboursAreUniform) {
  for (std::uint64_t number = 0; number < 4; ++number) {
    const auto bits = draws(random_key(number), 0, 1 << 19);
    for (const unsigned shift : {0U, 13U, 26U}) {
      std::vector<std::uint64_t> counts(64 * 64);
      for (std::size_t i = 0; i < bits.size(); i += 2) {
        ++counts[(bits[i] >> shift & 63U) * 64 + (bits[i + 1] >> shift & 63U)];
      }
      EXPECT_LT(std::abs(deviations_from_uniform(counts)), 4.5) << number << ", " << shift;
    }
  }
}

TEST(RandomBits, OfOneKeyNeverRepeat) {
  auto bits = draws(random_key(9), 0, 1 << 20);  // 2^40 / 2^33: 128 expected of independent draws
  std::ranges::sort(bits);
  EXPECT_EQ(std::ranges::adjacent_find(bits), bits.end());
}

}  // namespace
}  // namespace gradwire::random_bits_test
