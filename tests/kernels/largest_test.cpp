#include "sim/kernels/largest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "sim/kernels/kth_largest.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::largest_test {
namespace {

using namespace testing_support;
using testing::ElementsAre;
using testing::IsEmpty;

/// Reference: sorts all entries.
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

/// Checks the values that a selection returns besides the indices.
void expect_values(std::span<const float> v, const std::vector<std::uint32_t>& indices,
                   const std::vector<float>& values) {
  ASSERT_EQ(values.size(), indices.size());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_TRUE(same(values[i], v[indices[i]]));
}

class LargestTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, LargestTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

TEST_P(LargestTest, SelectionAcrossManyPowersOfTwoEqualsSorting) {
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

TEST_P(LargestTest, SelectionDoesNotDependOnAlignment) {
  const Vector v = normal_vector(1024, 1);
  for (std::size_t shift = 1; shift < 20; ++shift) {
    const Vector aligned(v.begin() + static_cast<std::ptrdiff_t>(shift), v.end());
    EXPECT_EQ(selected(std::span(v).subspan(shift), 100), selected(aligned, 100));
  }
}

TEST_P(LargestTest, SelectsTheLargestMagnitudesInAscendingOrderOfIndex) {
  EXPECT_THAT(selected(Vector{1.0F, -5.0F, 2.0F, 0.0F, 4.0F}, 3), ElementsAre(1, 2, 4));
  EXPECT_THAT(selected(Vector{1.0F, -5.0F}, 0), IsEmpty());
  EXPECT_THAT(selected(Vector{}, 0), IsEmpty());
}

TEST_P(LargestTest, OfEqualMagnitudesTheLowestIndexIsSelected) {
  EXPECT_THAT(selected(Vector{1.0F, -2.0F, 2.0F, -2.0F, 3.0F}, 3), ElementsAre(1, 2, 4));
  EXPECT_THAT(selected(Vector{0.0F, -0.0F, 0.0F, -0.0F}, 2), ElementsAre(0, 1));
}

TEST_P(LargestTest, NanIsLargerThanInfinityAndInfinityThanNumbers) {
  EXPECT_THAT(selected(Vector{3e38F, infinity, 1.0F, nan_value, -infinity}, 2), ElementsAre(1, 3));
}

TEST_P(LargestTest, DenormalsAreNotZero) {
  EXPECT_THAT(selected(Vector{0.0F, smallest, 0.0F, -2 * smallest, smallest}, 2),
              ElementsAre(1, 3));
}

TEST_P(LargestTest, SelectionAppendsWithItsOffset) {
  std::vector<std::uint32_t> indices{7};
  select_largest(Vector{1.0F, 3.0F, 2.0F}, 2, 10, indices);
  select_largest(Vector{1.0F, 3.0F}, 2, 20, indices);
  EXPECT_THAT(indices, ElementsAre(7, 11, 12, 20, 21));
}

TEST_P(LargestTest, SelectionEqualsSortingForEverySmallSizeAndK) {
  for (std::size_t n = 0; n < 70; ++n) {
    for (std::size_t k = 0; k <= n; ++k) {
      for (const Vector& v : {normal_vector(n, k), awkward_vector(n, k)}) {
        ASSERT_EQ(selected(v, k), largest_by_sorting(v, k)) << n << ", " << k;
      }
    }
  }
}

TEST_P(LargestTest, SelectionEqualsSortingForLargeVectors) {
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

TEST_P(LargestTest, SelectionDoesNotDependOnItsGuess) {
  const std::size_t n = 20000;
  const Vector v = normal_vector(n, 5);
  for (const std::size_t k : {std::size_t{1}, n / 100, n / 2}) {
    for (const float guessed : {0.0F, smallest, 0.1F, 2.5F, 2.6F, 100.0F, infinity, nan_value}) {
      SelectionGuess guess{std::bit_cast<std::int32_t>(guessed) & 0x7fffffff};
      for (int t = 0; t < 2; ++t) {  // the second time with the updated guess
        std::vector<std::uint32_t> indices;
        std::vector<float> values;
        LargestEntries(v, k, guess).append(0, indices, values);
        EXPECT_EQ(indices, largest_by_sorting(v, k)) << k << ", " << guessed << ", " << t;
        expect_values(v, indices, values);
      }
    }
  }
}

TEST_P(LargestTest, SelectionIsExactWhateverTheOrderAndTheTies) {
  const std::size_t n = 40000;
  const auto magnitude = [](float x) { return std::abs(x); };
  Vector shuffled = normal_vector(n, 8);
  for (float& x : shuffled) x = std::round(8.0F * x) / 8.0F;  // many ties
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

TEST_P(LargestTest, SelectionWhileWritingIsThatOfTheFinishedVector) {
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

TEST_P(LargestTest, SelectionIsExactAlsoWhereItsSampleMisleads) {
  // The large entries are exactly the sampled ones, so that the estimate of their number is 128
  // times too high.
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

/// Marks as a producer of observed entries does (kernels/write_observer.hpp): bit i is set if the
/// magnitude of v_i is above the bound.
void mark(std::span<const float> v, CandidateMask marks) {
  for (std::size_t i = 0; i < v.size(); ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << (i % 8));
    const bool large = magnitude_of(v[i]) > marks.above;
    std::uint8_t& byte = marks.bytes[i / 8];
    byte = static_cast<std::uint8_t>(large ? byte | bit : byte & ~bit);
  }
}

TEST_P(LargestTest, MarkedEntriesAreSelectedAsOthersAre) {
  const std::size_t n = 50021;
  // Guesses that yield too few, enough, and far too many candidates, so that the bound moves both
  // ways.
  for (const float guessed : {1e-3F, 1.5F, 2.5F, 2.7F, 4.0F}) {
    for (const std::size_t piece : {104U, 1000U, 7840U, 40000U}) {  // the last exceeds the capacity
      for (const std::size_t unmarked : {1U, 2U, 3U, 1000U}) {      // one piece in so many
        Vector v = normal_vector(n, piece);
        for (std::size_t i = 0; i < n / unmarked; i += 3) v[i] *= 4.0F;  // the rest is smaller
        SelectionGuess guess{magnitude_of(guessed)};
        LargestEntries largest(v, n / 100, guess);
        std::size_t pieces = 0;
        for (std::size_t begin = 0; begin < n; begin += piece) {
          const std::size_t end = std::min(n, begin + piece);
          const CandidateMask marks = largest.marks(begin);
          if (++pieces % unmarked != 0 || unmarked == 1000U) {
            ASSERT_NE(marks.bytes, nullptr);
            mark(std::span(v).subspan(begin, end - begin), marks);
            largest.marked(begin, end);
          }
          largest.written(end);
        }
        std::vector<std::uint32_t> indices;
        std::vector<float> values;
        largest.append(0, indices, values);
        ASSERT_EQ(indices, largest_by_sorting(v, n / 100)) << guessed << ", " << piece;
        expect_values(v, indices, values);
      }
    }
  }
}

TEST_P(LargestTest, MarksThatDoNotBeginWithAByteAreNotAskedFor) {
  const Vector v = normal_vector(30000, 1);
  SelectionGuess guess;
  EXPECT_EQ(LargestEntries(v, 300, guess).marks(0).bytes, nullptr);  // there is no bound yet
  guess.smallest = magnitude_of(2.5F);
  LargestEntries largest(v, 300, guess);
  EXPECT_EQ(largest.marks(12).bytes, nullptr);
  EXPECT_NE(largest.marks(16).bytes, nullptr);
  EXPECT_EQ(LargestEntries(v, v.size(), guess).marks(0).bytes, nullptr);  // all are selected
}

}  // namespace
}  // namespace gradwire::largest_test
