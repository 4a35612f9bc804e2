#include "sim/kernels/signs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/kernels/vectors.hpp"
#include "tests/support/marks.hpp"

namespace gradwire::signs_test {
namespace {

using namespace testing_support;
using testing::ElementsAre;

std::vector<std::uint8_t> packed(std::span<const float> v) {
  std::vector<std::uint8_t> bits(bytes_of_signs(v.size()), 0xff);
  pack_signs(v, bits);
  return bits;
}

class SignsTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, SignsTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

TEST_P(SignsTest, ZerosAndNanArePositive) {
  const Vector v{0.0F,      -0.0F,    nan_value, -nan_value, infinity,
                 -infinity, smallest, -smallest, 3.0F,       -3.0F};
  EXPECT_THAT(packed(v), ElementsAre(0b10100000, 0b00000010));
}

TEST_P(SignsTest, EveryBitIsTheSignOfItsEntryAndTheRestIsZero) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Vector v = seed % 2 == 0 ? normal_vector(n, seed) : awkward_vector(n, seed);
      const std::vector<std::uint8_t> bits = packed(v);
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(is_marked(bits, i), v[i] < 0.0F) << n;
      for (std::size_t i = n; i < 8 * bits.size(); ++i) ASSERT_FALSE(is_marked(bits, i)) << n;
    }
  }
}

TEST_P(SignsTest, AddsAndSubtractsTheScaleWithTheSigns) {
  for (const std::size_t n : sizes) {
    for (const float scale : {1.0F, 1.0F / 3, -0.1F, 0.0F, infinity}) {
      const Vector v = normal_vector(n, 1);
      const Vector before = n % 2 == 0 ? normal_vector(n, 2) : awkward_vector(n, 2);
      Vector sum = before;
      Vector difference = before;
      for (std::size_t i = 0; i < n; ++i) {
        sum[i] = v[i] < 0.0F ? sum[i] - scale : sum[i] + scale;
        difference[i] = v[i] < 0.0F ? difference[i] + scale : difference[i] - scale;
      }
      Vector y = before;
      add_signed(packed(v), scale, y);
      EXPECT_TRUE(same(y, sum)) << n << ", " << scale;
      y = before;
      subtract_signed(packed(v), scale, y);
      EXPECT_TRUE(same(y, difference)) << n << ", " << scale;
    }
  }
}

TEST_P(SignsTest, AreTakenInPlace) {
  for (const std::size_t n : sizes) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Vector v = seed % 2 == 0 ? normal_vector(n, seed) : awkward_vector(n, seed);
      Vector signs = v;
      std::vector<std::uint8_t> bits(bytes_of_signs(n), 0xff);
      take_signs(signs, bits);
      EXPECT_EQ(bits, packed(v)) << n;
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(signs[i], v[i] < 0.0F ? -1.0F : 1.0F) << n;
    }
  }
}

TEST_P(SignsTest, AddsOneOfTwoValues) {
  for (const std::size_t n : sizes) {
    const Vector v = normal_vector(n, 1);
    Vector y = normal_vector(n, 2);
    Vector expected = y;
    for (std::size_t i = 0; i < n; ++i) expected[i] += v[i] < 0.0F ? -0.75F : 0.1F;
    add_selected(packed(v), 0.1F, -0.75F, y);
    EXPECT_TRUE(same(y, expected)) << n;
  }
}

TEST_P(SignsTest, SignsOfSignsAreTheSigns) {
  for (const std::size_t n : sizes) {
    const std::vector<std::uint8_t> bits = packed(normal_vector(n, 1));
    Vector signs(n, 0.0F);
    add_signed(bits, 1.0F, signs);
    EXPECT_EQ(packed(signs), bits) << n;
  }
}

}  // namespace
}  // namespace gradwire::signs_test
