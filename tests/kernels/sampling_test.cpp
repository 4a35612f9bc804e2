#include "sim/kernels/sampling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "tests/kernels/chi_square.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::sampling_test {
namespace {

using namespace testing_support;
using testing::ElementsAre;
using Indices = std::vector<std::uint32_t>;

Indices sampled(const RandomKey& key, std::size_t n, std::size_t k, std::uint32_t offset = 0) {
  Indices indices;
  sample_without_replacement(key, n, k, indices, offset);
  return indices;
}

/// Floyd's method with a set, from the single draws.
Indices plainly_sampled(const RandomKey& key, std::size_t n, std::size_t k) {
  const std::size_t drawn = std::min(k, n - k);
  std::set<std::uint32_t> chosen;
  for (std::uint32_t i = 0; i < drawn; ++i) {
    __extension__ using Wide = unsigned __int128;
    const auto j = static_cast<std::uint32_t>(n - drawn + i);
    const std::uint64_t high = random_bits(key, 2 * i);
    const std::uint64_t bits = high << 32U | random_bits(key, 2 * i + 1);
    const auto position = static_cast<std::uint32_t>(Wide{bits} * (std::uint64_t{j} + 1) >> 64U);
    if (!chosen.insert(position).second) chosen.insert(j);
  }
  Indices indices;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (chosen.contains(i) == (k == drawn)) indices.push_back(i);
  }
  return indices;
}

std::vector<std::size_t> counts_of(std::size_t n) {
  return {0, n / 100, n / 3, n / 2, n - n / 3, n};
}

class SamplingTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, SamplingTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

// Computed by tests/reference/sampling.py.
TEST_P(SamplingTest, DrawsWhatTheReferenceDraws) {
  EXPECT_THAT(sampled(random_key(1), 10, 3), ElementsAre(1, 8, 9));
  EXPECT_THAT(sampled(random_key(1), 10, 7), ElementsAre(0, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(sampled(random_key(2), 100, 12),
              ElementsAre(8, 11, 17, 18, 23, 28, 41, 55, 69, 85, 88, 92));
  EXPECT_THAT(sampled(random_key(3), 407050, 8),
              ElementsAre(17252, 40782, 67183, 79798, 122308, 258882, 340602, 356024));
  std::uint64_t sum = 0, squares = 0;
  for (const std::uint64_t i : sampled(random_key(4), 407050, 4071)) {
    sum += i;
    squares += i * i;
  }
  EXPECT_EQ(sum, 840425768U);
  EXPECT_EQ(squares, 229053923760994U);
}

TEST_P(SamplingTest, DrawsExactlyKAscendingPositions) {
  for (const std::size_t n : sizes) {
    for (const std::size_t k : counts_of(n)) {
      const Indices indices = sampled(random_key(n + k), n, k);
      ASSERT_EQ(indices.size(), k) << n;
      EXPECT_EQ(std::ranges::adjacent_find(indices, std::greater_equal{}), indices.end()) << n;
      EXPECT_TRUE(indices.empty() || indices.back() < n) << n;
    }
  }
}

TEST_P(SamplingTest, EqualsThePlainMethod) {
  for (const std::size_t n : sizes) {
    for (const std::size_t k : counts_of(n)) {
      EXPECT_EQ(sampled(random_key(k), n, k), plainly_sampled(random_key(k), n, k))
          << n << ", " << k;
    }
  }
}

TEST_P(SamplingTest, AppendsWithTheOffset) {
  Indices indices{5};
  sample_without_replacement(random_key(1), 10, 3, indices, 100);
  sample_without_replacement(random_key(1), 10, 3, indices, 0xfffffff6U);
  EXPECT_THAT(indices, ElementsAre(5, 101, 108, 109, 0xfffffff7U, 0xfffffffeU, 0xffffffffU));
}

TEST(Sampling, DrawsEverySetEquallyOften) {
  struct Case {
    std::size_t n, k, sets;
  };
  for (const auto& [n, k, sets] :
       {Case{12, 2, 66}, {8, 3, 56}, {8, 4, 70}, {7, 5, 21}, {9, 8, 9}}) {
    std::map<Indices, std::uint64_t> times;
    const std::uint64_t samples = 2000 * sets;
    for (std::uint64_t i = 0; i < samples; ++i) ++times[sampled(random_key(i), n, k)];

    ASSERT_EQ(times.size(), sets);
    std::vector<std::uint64_t> counts;
    for (const auto& [set, count] : times) counts.push_back(count);
    EXPECT_LT(std::abs(deviations_from_uniform(counts)), 4.0) << n << ", " << k;
  }
}

// The inclusions of one sample are negatively correlated: Pearson's statistic of the counts is
// (1 - k / n) n / (n - 1) times a chi-square variable with n - 1 degrees of freedom.
TEST(Sampling, IncludesEveryPositionEquallyOften) {
  struct Case {
    std::size_t n, k;
  };
  for (const auto& [n, k] : {Case{100, 30}, {1000, 10}, {1000, 990}, {1000, 600}}) {
    std::vector<std::uint64_t> counts(n);
    for (std::uint64_t i = 0; i < 20000; ++i) {
      for (const std::uint32_t position : sampled(random_key(i), n, k)) ++counts[position];
    }
    const auto size = static_cast<double>(n);
    const double factor = (1.0 - static_cast<double>(k) / size) * size / (size - 1.0);
    EXPECT_LT(std::abs(chi_square_deviations(chi_square(counts) / factor, size - 1.0)), 4.0)
        << n << ", " << k;
  }
}

TEST(Sampling, IncludesEveryPairEquallyOften) {
  constexpr std::size_t n = 20;
  constexpr std::uint64_t samples = 100000;
  std::vector<std::vector<std::uint64_t>> times(n, std::vector<std::uint64_t>(n));
  for (std::uint64_t i = 0; i < samples; ++i) {
    const Indices indices = sampled(random_key(i), n, 6);
    for (const std::uint32_t a : indices) {
      for (const std::uint32_t b : indices) ++times[a][b];
    }
  }
  const double p = 6.0 / 20.0 * 5.0 / 19.0;
  const double deviation = std::sqrt(samples * p * (1.0 - p));
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_NEAR(static_cast<double>(times[a][b]), samples * p, 4.5 * deviation) << a << ", " << b;
    }
  }
}

TEST(Sampling, SpreadsEvenlyOverALargeVector) {
  constexpr std::size_t n = 407050;
  std::vector<std::uint64_t> counts(50);  // of ranges of 8141 positions
  for (std::uint64_t i = 0; i < 100; ++i) {
    for (const std::uint32_t position : sampled(random_key(i), n, 4071)) ++counts[position / 8141];
  }
  EXPECT_LT(std::abs(chi_square_deviations(chi_square(counts) / 0.99, 49.0)), 4.0);
}

}  // namespace
}  // namespace gradwire::sampling_test
