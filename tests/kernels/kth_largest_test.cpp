#include "sim/kernels/kth_largest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "tests/kernels/vectors.hpp"

namespace gradwire::kth_largest_test {
namespace {

using namespace testing_support;
using testing::ElementsAre;

class KthLargestTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, KthLargestTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

/// Vectors of many sizes, with few distinct magnitudes, hence many ties, and with many.
std::vector<Vector> vectors() {
  std::vector<Vector> all;
  for (const std::size_t n : sizes) {
    if (n == 0) continue;
    all.push_back(normal_vector(n, 1));
    all.push_back(awkward_vector(n, 2));
    all.push_back(Vector(n, 1.0F));
    all.push_back(Vector(n, 0.0F));
    all.push_back(normal_vector(n, 3));
    for (float& x : all.back()) x = std::round(2.0F * x);
  }
  return all;
}

std::vector<std::size_t> ranks_of(std::size_t n) { return {1, 1 + n / 100, 1 + n / 2, n}; }

std::vector<std::int32_t> magnitudes_of(const Vector& v) {
  std::vector<std::int32_t> m;
  for (const float x : v) m.push_back(magnitude_of(x));
  return m;
}

TEST_P(KthLargestTest, IsWhatSortingFinds) {
  for (const Vector& v : vectors()) {
    std::vector<std::int32_t> sorted = magnitudes_of(v);
    std::ranges::sort(sorted, std::greater{});
    for (const std::size_t k : ranks_of(v.size())) {
      std::vector<std::int32_t> m = magnitudes_of(v);
      const auto [value, equals] = kth_largest(m, k);
      m = magnitudes_of(v);
      EXPECT_EQ(kth_largest(m, k, sorted.back() - 1).value, value);
      ASSERT_EQ(value, sorted[k - 1]) << v.size() << ", " << k;
      const auto larger = std::ranges::count_if(sorted, [=](auto x) { return x > value; });
      EXPECT_EQ(equals, k - static_cast<std::size_t>(larger)) << v.size() << ", " << k;
    }
  }
}

TEST_P(KthLargestTest, TheLargestAreKeptInTheirOrderAndOfEqualsTheFirst) {
  for (const Vector& v : vectors()) {
    for (const std::size_t k : ranks_of(v.size())) {
      std::vector<std::uint32_t> expected(v.size());
      std::iota(expected.begin(), expected.end(), 0U);
      std::ranges::stable_sort(expected, std::greater{},
                               [&](std::uint32_t i) { return magnitude_of(v[i]); });
      const std::int32_t smallest_kept = magnitude_of(v[expected[k - 1]]);
      expected.resize(k);
      std::ranges::sort(expected);

      std::vector<std::uint32_t> positions(v.size());
      std::iota(positions.begin(), positions.end(), 0U);
      Vector values = v;
      std::vector<std::int32_t> scratch(v.size());
      const std::int32_t low = std::ranges::min(magnitudes_of(v)) - 1;
      EXPECT_EQ(keep_largest(positions, values, k, low, scratch), smallest_kept);

      positions.resize(k);
      ASSERT_EQ(positions, expected) << v.size() << ", " << k;
      for (std::size_t i = 0; i < k; ++i) ASSERT_TRUE(same(values[i], v[positions[i]]));
    }
  }
}

TEST_P(KthLargestTest, MagnitudesOfTheSmallestAndOfNoNumberHaveTheirPlace) {
  std::vector<std::int32_t> m = magnitudes_of({0.0F, nan_value, -infinity, -smallest, -0.0F});
  EXPECT_THAT(m, ElementsAre(0, 0x7fc00000, 0x7f800000, 1, 0));
  EXPECT_EQ(kth_largest(m, 2).value, 0x7f800000);
  EXPECT_EQ(kth_largest(m, 5).equals, 2U);
}

}  // namespace
}  // namespace gradwire::kth_largest_test
