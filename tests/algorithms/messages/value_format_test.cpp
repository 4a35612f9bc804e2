#include "sim/algorithms/messages/value_format.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace gradwire::algorithms::value_format_test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A number of sign, exponent and fraction by the definition of IEEE 754.
double number(std::uint32_t code, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const auto fraction = static_cast<double>(code & ((1U << fraction_bits) - 1));
  const int exponent = static_cast<int>(code >> fraction_bits) & ((1 << exponent_bits) - 1);
  const bool negative = (code >> (fraction_bits + exponent_bits) & 1) != 0;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, 1 - bias - fraction_bits)
                    : std::ldexp(1 + std::ldexp(fraction, -fraction_bits), exponent - bias);
  return negative ? -magnitude : magnitude;
}

struct Case {
  ValueFormat format;
  int exponent_bits;
  int fraction_bits;
};

TEST(ValueFormat, EveryCodeIsTheNumberOfItsDefinitionAndComesBack) {
  for (const auto& [format, exponent_bits, fraction_bits] :
       {Case{ValueFormat::float16, 5, 10}, Case{ValueFormat::bfloat16, 8, 7},
        Case{ValueFormat::power_of_two, 8, 0}}) {
    ASSERT_EQ(value_bits(format), 1 + exponent_bits + fraction_bits);
    for (std::uint32_t code = 0; code < 1U << value_bits(format); ++code) {
      const float value = value_of(code, format);
      if (std::isnan(value)) continue;
      ASSERT_EQ(code_of(value, format), code);
      if (std::isinf(value)) continue;
      ASSERT_EQ(value, number(code, exponent_bits, fraction_bits)) << name_of(format) << code;
    }
  }
}

TEST(ValueFormat, SpecialValuesHaveCodes) {
  for (const ValueFormat format :
       {ValueFormat::float32, ValueFormat::float16, ValueFormat::bfloat16}) {
    EXPECT_TRUE(std::isnan(value_of(code_of(std::bit_cast<float>(0x7fc00000), format), format)));
    EXPECT_TRUE(std::signbit(value_of(code_of(-0.0F, format), format)));
    EXPECT_EQ(value_of(code_of(-infinity, format), format), -infinity);
  }
  EXPECT_EQ(value_of(code_of(infinity, ValueFormat::power_of_two), ValueFormat::power_of_two),
            infinity);
}

TEST(ValueFormat, AValueOfNoCodeIsOurMistake) {
  EXPECT_THROW((void)code_of(1 + 0x1p-11F, ValueFormat::float16), std::invalid_argument);
  EXPECT_THROW((void)code_of(65536.0F, ValueFormat::float16), std::invalid_argument);
  EXPECT_THROW((void)code_of(0x1p-25F, ValueFormat::float16), std::invalid_argument);
  EXPECT_THROW((void)code_of(1 + 0x1p-8F, ValueFormat::bfloat16), std::invalid_argument);
  EXPECT_THROW((void)code_of(3.0F, ValueFormat::power_of_two), std::invalid_argument);
  EXPECT_THROW((void)code_of(1e-39F, ValueFormat::power_of_two), std::invalid_argument);
}

TEST(ValueFormat, NothingIsRoundedToFloatsOrPowersOfTwo) {
  float value = 1.0F;
  const std::span one(&value, 1);
  EXPECT_THROW(round_values(ValueFormat::float32, one, one), std::logic_error);
  EXPECT_THROW(round_values(ValueFormat::power_of_two, one, one), std::logic_error);
}

}  // namespace
}  // namespace gradwire::algorithms::value_format_test
