#include "analysis/statistics/crossing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace gradwire::analysis::crossing_test {
namespace {

using Measure = std::function<PairedCosts(double value)>;

/// Costs of a transfer: fixed seconds plus bytes by the bandwidth; each seed scales the bytes of
/// both.
Measure affine(std::vector<double> scale) {
  return [scale](double bandwidth) {
    PairedCosts costs;
    for (const double s : scale) {
      costs.a.push_back(5.0 + s * 30.0 / bandwidth);   // sends little, computes much
      costs.b.push_back(2.0 + s * 300.0 / bandwidth);  // equal at bandwidth 90 * s
    }
    return costs;
  };
}

struct Found {
  Crossing crossing;
  std::size_t measured = 0;
};

/// Searches on the grid `values`, whose entries i and i + 1 are the bracket.
Found search(const Measure& measure, const std::vector<double>& values, std::size_t i,
             double tolerance) {
  PairedPoints points;
  for (const double value : values) points[std::log(value)] = measure(value);
  CrossingSearch search(points, std::log(values[i]), std::log(values[i + 1]),
                        std::log1p(tolerance));
  Found found;
  for (auto places = search.wanted(); !places.empty(); places = search.wanted()) {
    for (const double place : places) search.add(place, measure(std::exp(place)));
    found.measured += places.size();
  }
  found.crossing = search.result();
  return found;
}

TEST(CrossingSearch, BracketsTheExactPlaceWithinTheTolerance) {
  const Found found = search(affine({1.0}), {10, 50, 100, 1000}, 1, 0.01);

  EXPECT_LT(std::exp(found.crossing.low), 90.0);
  EXPECT_GT(std::exp(found.crossing.high), 90.0);
  EXPECT_LE(std::exp(found.crossing.high - found.crossing.low), 1.01 + 1e-12);
  EXPECT_NEAR(std::exp(found.crossing.at), 90.0, 0.01);
  EXPECT_FALSE(found.crossing.interval);  // none for one seed
  EXPECT_LE(found.measured, 5U);          // bisection takes seven
}

TEST(CrossingSearch, IntervalOverSeedsIsThatOfTheirExactCrossings) {
  // A resample crosses at 90 times its mean scale. The resamples of two seeds are (1, 1), (1, 1.2)
  // twice and (1.2, 1.2), so the ends of the 95 % interval are the first and the last.
  const Found found = search(affine({1.0, 1.2}), {10, 50, 100, 1000}, 1, 0.01);

  ASSERT_TRUE(found.crossing.interval);
  EXPECT_NEAR(std::exp(found.crossing.at), 99.0, 0.02);
  EXPECT_NEAR(std::exp(found.crossing.interval->low), 90.0, 0.3);
  EXPECT_NEAR(std::exp(found.crossing.interval->high), 108.0, 0.3);
}

TEST(CrossingSearch, AResampleThatDoesNotCrossHasAnInfiniteEnd) {
  const Found found = search(affine({0.5, 5.0}), {50, 400}, 0, 0.01);  // resamples: 45, 247.5, 450

  ASSERT_TRUE(found.crossing.interval);
  EXPECT_EQ(found.crossing.interval->low, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(found.crossing.interval->high, std::numeric_limits<double>::infinity());
  EXPECT_NEAR(std::exp(found.crossing.at), 247.5, 0.5);
}

TEST(CrossingSearch, HalvesWhereTheLineMisleads) {
  const Measure step = [](double value) {  // a step, which no interpolation locates
    return PairedCosts{.a = {value < 777.0 ? 1.0 : 1000.0}, .b = {2.0}};
  };
  const Found found = search(step, {1, 100'000}, 0, 0.01);

  EXPECT_LT(std::exp(found.crossing.low), 777.0);
  EXPECT_GE(std::exp(found.crossing.high), 777.0 - 1e-9);
  EXPECT_LE(std::exp(found.crossing.high - found.crossing.low), 1.01 + 1e-12);
  EXPECT_LE(found.measured, 40U);
}

TEST(CrossingSearch, SaysWhoIsCheaperBelow) {
  PairedPoints points{{0.0, {.a = {1}, .b = {2}}}, {1.0, {.a = {2}, .b = {1}}}};
  EXPECT_TRUE(CrossingSearch(points, 0.0, 1.0, 0.01).a_below());
  std::swap(points[0.0].a, points[0.0].b);
  std::swap(points[1.0].a, points[1.0].b);
  EXPECT_FALSE(CrossingSearch(points, 0.0, 1.0, 0.01).a_below());
}

}  // namespace
}  // namespace gradwire::analysis::crossing_test
