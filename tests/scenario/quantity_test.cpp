#include "sim/scenario/settings/quantity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace gradwire::scenario::quantity_test {
namespace {

double parsed(Kind kind, std::string_view text) {
  const ParsedQuantity result = parse_quantity(kind, text);
  EXPECT_EQ(result.problem, "") << text;
  return result.value;
}

TEST(Quantity, BitsAreAnEighthOfBytes) {
  EXPECT_EQ(parsed(Kind::bandwidth, "1Gbps"), 125e6);
  EXPECT_EQ(parsed(Kind::bandwidth, "8bps"), 1.0);
  EXPECT_EQ(parsed(Kind::bandwidth, "1kBps"), 1000.0);
  EXPECT_EQ(parsed(Kind::bandwidth, "8Kibps"), 1024.0);
  EXPECT_EQ(parsed(Kind::bandwidth, "1GiBps"), 1073741824.0);
  EXPECT_EQ(parsed(Kind::bandwidth, "1.5Tbps"), 187.5e9);
}

TEST(Quantity, IsTheNearestDouble) {
  EXPECT_EQ(parsed(Kind::time, "50us"), 50e-6);
  EXPECT_EQ(parsed(Kind::time, "0.3ns"), 0.3e-9);
  EXPECT_EQ(parsed(Kind::time, "1ps"), 1e-12);
  EXPECT_EQ(parsed(Kind::time, "1.5m"), 90.0);
  EXPECT_EQ(parsed(Kind::time, "2w"), 1209600.0);
  EXPECT_EQ(parsed(Kind::speed, "2.5Gf"), 2.5e9);
}

TEST(Quantity, OtherTextsAreRefused) {
  for (const char* text : {"", "Gbps", "1 Gbps", "-1Gbps", "+1Gbps", "1.Gbps", ".5Gbps", "nanbps",
                           "infbps", "0x1bps", "1e3Gbps", "1Gbps ", "1"}) {
    EXPECT_NE(parse_quantity(Kind::bandwidth, text).problem, "") << text;
  }
  EXPECT_EQ(parse_quantity(Kind::time, std::string(400, '9') + "s").problem, "is out of range");
}

TEST(Quantity, ABlankIsNamed) {
  EXPECT_EQ(parse_quantity(Kind::bandwidth, "100 Mbps").problem, "must have no blank: \"100Mbps\"");
  EXPECT_EQ(parse_quantity(Kind::bandwidth, " 1Gbps").problem, "must have no blank: \"1Gbps\"");
  EXPECT_EQ(parse_quantity(Kind::time, "50  us").problem, "must have no blank: \"50us\"");
  EXPECT_EQ(parse_quantity(Kind::time, "50\tus ").problem, "must have no blank: \"50us\"");
  EXPECT_EQ(parse_quantity(Kind::speed, "2.5 Gf").problem, "must have no blank: \"2.5Gf\"");
  EXPECT_EQ(parse_quantity(Kind::speed, "2.5 Gg").problem, "has an unknown unit, did you mean Gf?");
  EXPECT_EQ(parse_quantity(Kind::time, " ").problem, "must be a time such as \"50us\", or seconds");
}

TEST(Quantity, IsWrittenWithTheLargestUnit) {
  EXPECT_EQ(format_quantity(Kind::bandwidth, 125e6), "1Gbps");
  EXPECT_EQ(format_quantity(Kind::bandwidth, 1.25e6), "10Mbps");
  EXPECT_EQ(format_quantity(Kind::bandwidth, 1.0), "8bps");
  EXPECT_EQ(format_quantity(Kind::bandwidth, 1e18), "8000000Tbps");
  EXPECT_EQ(format_quantity(Kind::time, 50e-6), "50us");
  EXPECT_EQ(format_quantity(Kind::time, 0.0015), "1.5ms");
  EXPECT_EQ(format_quantity(Kind::time, 1e-14), "0.01ps");
  EXPECT_EQ(format_quantity(Kind::time, 0.0), "0s");
  EXPECT_EQ(format_quantity(Kind::speed, 1e9), "1Gf");
}

TEST(Quantity, ReadsBackToTheSameBits) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-25, 25);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::pow(10.0, exponent(random));
    for (const Kind kind : {Kind::bandwidth, Kind::time, Kind::speed}) {
      ASSERT_EQ(parsed(kind, format_quantity(kind, value)), value) << format_quantity(kind, value);
    }
  }
}

}  // namespace
}  // namespace gradwire::scenario::quantity_test
