#include "sim/tcp/fit.hpp"

#include <gtest/gtest.h>

#include "sim/tcp/calibration.hpp"

namespace gradwire::tcp {
namespace {

/// Exactly what the line says.
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

TEST(FitLine, ErrorsOfAllSizesCountAlikeRelativeToTheirTime) {
  // 10 % more for the largest size is a thousand times all of the smallest: it must not carry the
  // others with it.
  const Line line{{1e-3}, {1e6}};
  auto times = measured_on(line, {{1}, {100}, {1'000}, {10'000}, {100'000}, {10'000'000}});
  times.back().median = 1.1 * times.back().median;

  const auto fitted = fit_line(times);

  ASSERT_TRUE(fitted);
  EXPECT_NEAR(fitted->per_message.value, 1e-3, 2e-5);
  for (const SizeTimes& at : times) EXPECT_LT(std::abs(residual(*fitted, at)), 0.1);
}

TEST(FitLine, AMessageNeverCostsLessThanNothing) {
  // A token bucket: the first 10 kB of each message are free.
  std::vector<SizeTimes> times;
  for (const std::int64_t size : {20'000, 200'000, 2'000'000}) {
    times.push_back({.size = {size}, .median = {static_cast<double>(size - 10'000) / 1e6}});
  }

  const auto fitted = fit_line(times);

  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->per_message.value, 0);
  EXPECT_GT(fitted->rate.value, 1e6);
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
}  // namespace gradwire::tcp
