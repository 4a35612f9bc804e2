#include "sim/core/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

namespace gradwire::random_test {
namespace {

using testing::ElementsAre;

std::vector<std::uint64_t> draws(RandomStream random, int n) {
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < n; ++i) numbers.push_back(random.next());
  return numbers;
}

// Computed by an independent implementation of splitmix64 and xoshiro256** (in Python, which gives
// the reference sequence 11520, 0, 1509978240, ... for the state 1, 2, 3, 4). They must never
// change: every published number depends on them.
TEST(RandomStream, DrawsWhatTheReferenceDraws) {
  EXPECT_THAT(draws(stream(1, "batch", 2, 3), 3),
              ElementsAre(0x9fd10b06650197f0U, 0xb973e7b0183acdd3U, 0xe72e5bb07d85a935U));
  EXPECT_THAT(draws(stream(0, ""), 3),
              ElementsAre(0x531cbc46b7651e5dU, 0x5bf45e2556dac4c9U, 0x0a2d227ac65f0968U));
  EXPECT_THAT(draws(stream(42, "partition"), 3),
              ElementsAre(0x7cf02289fabeb0ddU, 0x7fe31f17e7f6ac34U, 0xb16b24a11c81a0a6U));
  RandomStream random = stream(7, "uniform");
  EXPECT_EQ(random.uniform(), 0.005488488892860688);
  EXPECT_EQ(random.uniform(), 0.9757916129770249);
}

TEST(RandomStream, DiffersInEveryPartOfItsName) {
  std::set<std::uint64_t> first;
  std::size_t streams = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (const char* purpose : {"", "a", "b", "ab", "ba", "batch"}) {
      for (std::uint64_t worker = 0; worker < 8; ++worker) {
        for (std::uint64_t epoch = 0; epoch < 8; ++epoch) {
          first.insert(stream(seed, purpose, worker, epoch).next());
          ++streams;
        }
      }
    }
  }
  EXPECT_EQ(first.size(), streams);
}

TEST(RandomStream, IsNotCorrelatedWithItsNeighbour) {
  constexpr int n = 100000;
  RandomStream a = stream(1, "batch", 0);
  RandomStream b = stream(1, "batch", 1);
  double product = 0.0;
  for (int i = 0; i < n; ++i) product += (a.uniform() - 0.5) * (b.uniform() - 0.5);
  const double correlation = 12.0 * product / n;
  EXPECT_LT(std::abs(correlation), 5.0 / std::sqrt(n));  // five standard deviations
}

TEST(RandomStream, UniformHasTheMomentsOfTheUniformDistribution) {
  constexpr int n = 200000;
  RandomStream random = stream(3, "moments");
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0.5, 5.0 * std::sqrt(1.0 / 12.0 / n));
  EXPECT_NEAR(squares / n, 1.0 / 3.0, 5.0 * std::sqrt(4.0 / 45.0 / n));
}

TEST(RandomStream, UniformStaysInItsInterval) {
  RandomStream random = stream(4, "interval");
  for (int i = 0; i < 10000; ++i) {
    const double x = random.uniform(-3.0, 5.0);
    ASSERT_GE(x, -3.0);
    ASSERT_LT(x, 5.0);
  }
}

TEST(RandomStream, NormalHasTheMomentsOfTheNormalDistribution) {
  constexpr int n = 200000;
  RandomStream random = stream(5, "moments");
  double moment[5] = {};
  int within_one = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    double power = 1.0;
    for (double& sum : moment) {
      sum += power;
      power *= x;
    }
    within_one += std::abs(x) < 1.0 ? 1 : 0;
  }
  const double deviation = 5.0 / std::sqrt(n);
  EXPECT_NEAR(moment[1] / n, 0.0, deviation);
  EXPECT_NEAR(moment[2] / n, 1.0, deviation * std::sqrt(2.0));
  EXPECT_NEAR(moment[3] / n, 0.0, deviation * std::sqrt(15.0));
  EXPECT_NEAR(moment[4] / n, 3.0, deviation * std::sqrt(96.0));
  EXPECT_NEAR(static_cast<double>(within_one) / n, std::erf(std::sqrt(0.5)), deviation * 0.5);
}

TEST(RandomStream, BelowReachesEveryNumberEquallyOftenAndNoOther) {
  for (const std::uint64_t bound : {1U, 2U, 3U, 7U, 10U}) {
    constexpr int n = 100000;
    RandomStream random = stream(6, "below", bound);
    std::vector<int> hits(bound);
    for (int i = 0; i < n; ++i) {
      const std::uint64_t x = random.below(bound);
      ASSERT_LT(x, bound);
      ++hits[x];
    }
    const double share = 1.0 / static_cast<double>(bound);
    for (const int hit : hits) {
      EXPECT_NEAR(hit, n * share, 5.0 * std::sqrt(n * share * (1.0 - share)) + 0.5);
    }
  }
}

TEST(RandomStream, BelowTakesTheLargestBounds) {
  RandomStream random = stream(7, "below");
  const std::uint64_t bound = (std::uint64_t{1} << 63U) + 1;  // every second draw is rejected
  int upper_half = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t x = random.below(bound);
    ASSERT_LT(x, bound);
    upper_half += x >= bound / 2 ? 1 : 0;
  }
  EXPECT_NEAR(upper_half, 500, 80);  // five standard deviations
}

TEST(RandomStream, ShuffleIsAPermutation) {
  for (const std::size_t n : {0U, 1U, 2U, 100U}) {
    std::vector<int> items(n);
    std::iota(items.begin(), items.end(), 0);
    const std::vector<int> before = items;
    RandomStream random = stream(8, "shuffle");
    random.shuffle(std::span(items));
    EXPECT_TRUE(std::is_permutation(items.begin(), items.end(), before.begin()));
    EXPECT_EQ(items == before, n < 2 || (n == 2 && items[0] == 0));
  }
}

TEST(RandomStream, ShuffleReachesAllPermutationsEquallyOften) {
  constexpr int n = 60000;
  RandomStream random = stream(9, "shuffle");
  std::vector<int> hits(27);
  for (int i = 0; i < n; ++i) {
    std::vector<int> items{0, 1, 2};
    random.shuffle(std::span(items));
    ++hits[static_cast<std::size_t>(9 * items[0] + 3 * items[1] + items[2])];
  }
  std::erase(hits, 0);
  EXPECT_EQ(hits.size(), 6U);
  for (const int hit : hits) EXPECT_NEAR(hit, n / 6, 5.0 * std::sqrt(n * 5.0 / 36.0));
}

}  // namespace
}  // namespace gradwire::random_test
