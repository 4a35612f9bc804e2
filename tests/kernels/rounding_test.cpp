#include "sim/kernels/rounding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/core/random.hpp"
#include "tests/kernels/vectors.hpp"

namespace gradwire::rounding_test {
namespace {

using namespace testing_support;
using Bits = std::vector<std::uint32_t>;
using Rounding = std::function<void(std::span<const float>, std::span<float>)>;

Vector floats(const Bits& bits) {
  Vector v;
  for (const std::uint32_t one : bits) v.push_back(std::bit_cast<float>(one));
  return v;
}

Bits bits_of(const Vector& v) {
  Bits bits;
  for (const float x : v) bits.push_back(std::bit_cast<std::uint32_t>(x));
  return bits;
}

Vector rounded(const Rounding& round, const Vector& v) {
  Vector out(v.size());
  round(v, out);
  return out;
}

Rounding powers_of_two(std::uint64_t key, std::uint32_t first) {
  return [=](std::span<const float> v, std::span<float> out) {
    round_to_powers_of_two(v, random_key(key), first, out);
  };
}

/// Floats of all exponents, with ties of both formats.
Vector every_kind_of_float(std::size_t n) {
  RandomStream random = stream(1, "rounding");
  Vector v(n);
  for (float& x : v) {
    auto bits = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << 32));
    const auto kind = random.below(4);
    if (kind == 1) bits = (bits & 0xffffe000) | 0x1000;
    if (kind == 2) bits = (bits & 0xffff0000) | 0x8000;
    if (kind == 3) bits = (bits & 0x87ffffff) | 0x38000000;  // near 2^-14
    x = std::bit_cast<float>(bits);
  }
  return v;
}

/// The nearest multiple of `unit`, of two the even one.
double nearest_multiple(double x, double unit) {
  const double below = std::floor(x / unit);
  const double rest = x / unit - below;  // exact: units are powers of two
  const bool up = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) != 0.0);
  return (below + (up ? 1.0 : 0.0)) * unit;
}

/// The nearest number of a format with `digits` binary digits whose smallest normal number is
/// 2^least, in double precision.
float nearest(float x, int digits, int least, double largest) {
  if (std::isnan(x) || std::isinf(x)) return x;
  int exponent = 0;
  static_cast<void>(std::frexp(x, &exponent));  // |x| in [2^(exponent-1), 2^exponent)
  const double unit = std::ldexp(1.0, std::max(exponent - 1, least) - (digits - 1));
  const double magnitude = nearest_multiple(std::abs(static_cast<double>(x)), unit);
  return static_cast<float>(std::copysign(std::min(magnitude, largest), x));
}

class RoundingTest : public OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, RoundingTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

// Computed by tests/reference/rounding.py.
const Bits values{0x00000000, 0x3f800000, 0xbeaaaaab, 0x3dcccccd, 0x3f801000, 0x3f803000,
                  0x45001000, 0xc5003000, 0x477fe000, 0x477fef00, 0x477ff000, 0xc9742400,
                  0x387fda40, 0x387fffd5, 0x3300d959, 0x33000000, 0x33bf2044, 0xb37ffae5,
                  0x3f808000, 0x3f818000, 0x7f7fc99e, 0x800ae398, 0x3fc00000, 0xe1a07640};

TEST_P(RoundingTest, ToFloat16GivesTheReference) {
  const Bits expected{0x00000000, 0x3f800000, 0xbeaaa000, 0x3dccc000, 0x3f800000, 0x3f804000,
                      0x45000000, 0xc5004000, 0x477fe000, 0x477fe000, 0x477fe000, 0xc77fe000,
                      0x387fc000, 0x38800000, 0x33800000, 0x00000000, 0x33800000, 0xb3800000,
                      0x3f808000, 0x3f818000, 0x477fe000, 0x80000000, 0x3fc00000, 0xc77fe000};
  EXPECT_EQ(bits_of(rounded(round_to_float16, floats(values))), expected);
}

TEST_P(RoundingTest, ToBfloat16GivesTheReference) {
  const Bits expected{0x00000000, 0x3f800000, 0xbeab0000, 0x3dcd0000, 0x3f800000, 0x3f800000,
                      0x45000000, 0xc5000000, 0x47800000, 0x47800000, 0x47800000, 0xc9740000,
                      0x38800000, 0x38800000, 0x33010000, 0x33000000, 0x33bf0000, 0xb3800000,
                      0x3f800000, 0x3f820000, 0x7f7f0000, 0x800b0000, 0x3fc00000, 0xe1a00000};
  EXPECT_EQ(bits_of(rounded(round_to_bfloat16, floats(values))), expected);
}

TEST_P(RoundingTest, ToPowersOfTwoGivesTheReference) {
  const Bits expected{0x00000000, 0x3f800000, 0xbe800000, 0x3d800000, 0x3f800000, 0x3f800000,
                      0x45000000, 0xc5000000, 0x47800000, 0x47800000, 0x47800000, 0xc9800000,
                      0x38800000, 0x38800000, 0x33000000, 0x33000000, 0x34000000, 0xb3800000,
                      0x3f800000, 0x3f800000, 0x7f000000, 0x80000000, 0x40000000, 0xe1800000};
  EXPECT_EQ(bits_of(rounded(powers_of_two(5, 7), floats(values))), expected);
}

TEST_P(RoundingTest, GivesTheNearestNumberOfTheFormat) {
  const Vector v = every_kind_of_float(20'000);
  const Vector halves = rounded(round_to_float16, v);
  const Vector brains = rounded(round_to_bfloat16, v);
  const double largest_brain = std::bit_cast<float>(0x7f7f0000);
  for (std::size_t i = 0; i < v.size(); ++i) {
    ASSERT_TRUE(same(halves[i], nearest(v[i], 11, -14, 65504.0))) << v[i];
    ASSERT_TRUE(same(brains[i], nearest(v[i], 8, -126, largest_brain))) << v[i];
  }
}

TEST_P(RoundingTest, IsIdempotentAndMayOverwriteItsInput) {
  for (const Rounding& round :
       {Rounding(round_to_float16), Rounding(round_to_bfloat16), powers_of_two(1, 3)}) {
    for (const std::size_t n : sizes) {
      Vector v = every_kind_of_float(n);
      const Vector once = rounded(round, v);
      EXPECT_EQ(bits_of(rounded(round, once)), bits_of(once)) << n;
      round(v, v);
      EXPECT_EQ(bits_of(v), bits_of(once)) << n;
    }
  }
}

TEST_P(RoundingTest, SpecialValuesStayOrHaveADefinedPlace) {
  const Vector v{infinity, -infinity, std::bit_cast<float>(0x7f800001), -nan_value, -0.0F};
  const Bits with_nan{0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x80000000};
  EXPECT_EQ(bits_of(rounded(round_to_float16, v)), with_nan);
  EXPECT_EQ(bits_of(rounded(round_to_bfloat16, v)), with_nan);
  for (std::uint64_t key = 0; key < 20; ++key) {
    EXPECT_EQ(bits_of(rounded(powers_of_two(key, 0), v)),
              (Bits{0x7f800000, 0xff800000, 0x7f800000, 0xff800000, 0x80000000}));
  }
}

TEST_P(RoundingTest, ToPowersOfTwoGivesOneOfTheTwoNeighbours) {
  const Vector v = every_kind_of_float(20'000);
  const Vector out = rounded(powers_of_two(1, 0), v);
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (!std::isfinite(v[i])) continue;
    const double magnitude = std::abs(static_cast<double>(v[i]));
    const double power = std::abs(static_cast<double>(out[i]));
    EXPECT_EQ(std::signbit(v[i]), std::signbit(out[i]));
    if (magnitude < 0x1p-126) {
      ASSERT_TRUE(power == 0.0 || power == 0x1p-126) << v[i];
    } else if (magnitude >= 0x1p127) {
      ASSERT_EQ(power, 0x1p127) << v[i];
    } else {
      ASSERT_EQ(power, std::exp2(std::ilogb(power))) << v[i];
      ASSERT_LT(magnitude / 2, power) << v[i];
      ASSERT_LT(power, 2 * magnitude + 0x1p-149) << v[i];
      const bool is_power = magnitude == std::exp2(std::ilogb(magnitude));
      ASSERT_TRUE(!is_power || power == magnitude) << v[i];
    }
  }
}

TEST_P(RoundingTest, DrawsBelongToEntriesAndNotToTheirPlaceInARegister) {
  const Vector v = normal_vector(1000, 1);
  const Vector all = rounded(powers_of_two(3, 500), v);
  for (const std::size_t begin : {0U, 1U, 13U, 999U}) {
    const Vector rest(v.begin() + static_cast<std::ptrdiff_t>(begin), v.end());
    const Vector part = rounded(powers_of_two(3, static_cast<std::uint32_t>(500 + begin)), rest);
    EXPECT_TRUE(std::ranges::equal(part, std::span(all).subspan(begin)));
  }
}

// P(up) = p exactly: with n independent draws the mean has the standard deviation
// 2^e sqrt(p (1 - p) / n).
TEST(Rounding, ToPowersOfTwoIsUnbiasedSubnormalsIncluded) {
  constexpr std::size_t n = 1 << 18;
  for (const float x : {1.25F, -0.3F, 7.9999F, 1e-30F, 3e38F / 2, 1e-39F, 0x1p-127F}) {
    double sum = 0.0;
    for (const float y : rounded(powers_of_two(11, 0), Vector(n, x))) sum += y;
    const double magnitude = std::abs(static_cast<double>(x));
    const double unit = magnitude < 0x1p-126 ? 0x1p-126 : std::exp2(std::ilogb(magnitude));
    const double p = magnitude < 0x1p-126 ? magnitude / unit : magnitude / unit - 1.0;
    EXPECT_NEAR(sum / n / unit, x / unit, 4.5 * std::sqrt(p * (1.0 - p) / n)) << x;
  }
}

}  // namespace
}  // namespace gradwire::rounding_test
