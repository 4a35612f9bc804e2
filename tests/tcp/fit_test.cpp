#include "sim/tcp/calibration/fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/tcp/calibration/calibration.hpp"

namespace gradwire::tcp::fit_test {
namespace {

/// Times that lie exactly on the line.
std::vector<SizeTimes> measured_on(const Line& line, const std::vector<Bytes>& sizes) {
  std::vector<SizeTimes> times;
  for (const Bytes size : sizes) {
    times.push_back({.size = size, .median = line.seconds(size), .fastest = line.seconds(size)});
  }
  return times;
}

TEST(FitLine, GivesBackTheLineThatMadeTheTimes) {
  for (const Line line : {Line{{50e-6}, {125e6}}, Line{{0.2}, {1e4}}, Line{{0}, {12.5e9}}}) {
    const auto fitted = fit_line(measured_on(line, calibration_sizes({64'000'000})));

    ASSERT_TRUE(fitted);
    EXPECT_NEAR(fitted->per_message.value, line.per_message.value, 1e-9 * line.seconds({1}).value);
    EXPECT_NEAR(fitted->rate.value / line.rate.value, 1, 1e-9);
  }
}

TEST(FitLine, TwoSizesAreEnough) {
  const auto fitted =
      fit_line({{.size = {1000}, .median = {0.3}}, {.size = {3000}, .median = {0.5}}});

  ASSERT_TRUE(fitted);
  EXPECT_NEAR(fitted->per_message.value, 0.2, 1e-12);
  EXPECT_NEAR(fitted->rate.value, 1e4, 1e-6);
}

TEST(FitLine, AFewOddSizesDoNotCarryTheLineWithThem) {
  const Line line{{1e-3}, {1e6}};
  auto times = measured_on(line, calibration_sizes({64'000'000}));
  times[1].median = 5 * times[1].median;
  times[4].median = 0.2 * times[4].median;
  times.back().median = 1.1 * times.back().median;

  const auto fitted = fit_line(times);

  ASSERT_TRUE(fitted);
  EXPECT_NEAR(fitted->per_message.value, 1e-3, 1e-9);
  EXPECT_NEAR(fitted->rate.value, 1e6, 1e-3);
}

TEST(FitLine, FindsATokenBucketAndTheLineBehindIt) {
  const Line line{{50e-6}, {12.5e6}, {10'000}};
  const auto fitted = fit_line(measured_on(line, calibration_sizes({64'000'000})));

  ASSERT_TRUE(fitted);
  EXPECT_NEAR(fitted->per_message.value, 50e-6, 1e-12);
  EXPECT_NEAR(fitted->rate.value / 12.5e6, 1, 1e-9);
  EXPECT_EQ(fitted->at_once, Bytes{10'000});
  EXPECT_EQ(fitted->seconds({10'000}), Seconds{50e-6});
}

TEST(FitLine, WhatALineExplainsHasNoBucket) {
  // Times with small errors, as of a real line.
  auto times = measured_on({{50e-6}, {12.5e6}}, calibration_sizes({64'000'000}));
  for (std::size_t i = 0; i < times.size(); ++i) {
    times[i].median = (i % 2 == 0 ? 1.03 : 0.98) * times[i].median;
  }

  const auto fitted = fit_line(times);

  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at_once, Bytes{0});
  EXPECT_NEAR(fitted->rate.value / 12.5e6, 1, 0.05);
}

TEST(FitLine, AMessageNeverCostsLessThanNothing) {
  const auto fitted = fit_line({{.size = {20'000}, .median = {0.01}},
                                {.size = {200'000}, .median = {0.19}},
                                {.size = {2'000'000}, .median = {1.99}}});

  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->per_message.value, 0);
}

TEST(FitLine, SaysNothingWhereTheSizesDoNotTell) {
  EXPECT_FALSE(fit_line({}));
  EXPECT_FALSE(fit_line({{.size = {1}, .median = {1}}}));
  EXPECT_FALSE(fit_line({{.size = {5}, .median = {1}}, {.size = {5}, .median = {2}}}));
  EXPECT_FALSE(fit_line({{.size = {1}, .median = {2}}, {.size = {100}, .median = {1}}}));
}

TEST(Residual, IsPositiveWhereTheFitIsTooLong) {
  EXPECT_NEAR(residual({{0.1}, {1000}}, {.size = {1000}, .median = {1}}), 0.1, 1e-12);
}

TEST(CalibrationSizes, GoFromOneByteToTheLargest) {
  const auto sizes = calibration_sizes({64'000'000});
  EXPECT_EQ(sizes.front(), Bytes{1});
  EXPECT_EQ(sizes[sizes.size() - 2], Bytes{30'000'000});
  EXPECT_EQ(sizes.back(), Bytes{64'000'000});
  EXPECT_EQ(calibration_sizes({1'000}), (std::vector<Bytes>{{1}, {100}, {1'000}}));
}

}  // namespace
}  // namespace gradwire::tcp::fit_test
