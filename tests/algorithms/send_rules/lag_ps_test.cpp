#include "sim/algorithms/send_rules/lag_ps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/error.hpp"

namespace gradwire::algorithms::lag_ps_test {
namespace {

using testing::Each;
using testing::ElementsAre;

/// A decision for models of one entry, theta^t = t: every step has length 1.
struct Server {
  explicit Server(const LagPs::Config& config) : rule(config) {}

  /// The choice at the next model; the uploads of the chosen workers arrive.
  std::vector<bool> next(double gamma = 0.5) {
    const auto value = static_cast<float>(t);
    const auto theta = std::make_shared<const ModelVersion>(t, Vector{value}, t == 0 ? 0.0 : 1.0);
    ++t;
    const auto chosen = rule.choose(theta, StepSize::same(gamma));
    for (std::size_t m = 0; m < chosen.size(); ++m) {
      if (chosen[m]) rule.received(static_cast<int>(m), Skip{}, Dense{{value}});
    }
    return chosen;
  }

  LagPs rule;
  std::int64_t t = 0;
};

/// Thresholds of a quarter of the sum of at most four squared steps.
LagPs::Config config(std::vector<double> smoothness) {
  return {.smoothness = std::move(smoothness),
          .movement = {.scale = 1, .window = 4, .total_weight = 2}};
}

TEST(LagPs, RequestsWhereSmoothnessTimesDistanceExceedsTheThreshold) {
  // Squared distances since the last contribution 1, 4, 9, ...; thresholds 1/4, 1/2, 3/4, 1, 1, ...
  Server server(config({1.0, 0.5, 0.3, 0.095}));
  EXPECT_THAT(server.next(), Each(true)) << "the first iteration";
  EXPECT_THAT(server.next(), ElementsAre(true, false, false, false)) << "0.25 > 0.25 is false";
  EXPECT_THAT(server.next(), ElementsAre(true, true, false, false)) << "1 and 1, 0.36";
  EXPECT_THAT(server.next(), ElementsAre(true, false, true, false)) << "1, 0.25 and 0.81";
  for (int t = 4; t <= 10; ++t) EXPECT_FALSE(server.next()[3]);
  EXPECT_TRUE(server.next()[3]) << "1.09 > 1";
}

TEST(LagPs, RequestsAgainUntilAContributionHasArrived) {
  LagPs rule(config({0.0}));
  for (std::int64_t t = 0; t < 3; ++t) {
    const auto theta = std::make_shared<const ModelVersion>(t, Vector{0.0F}, 1.0);
    EXPECT_TRUE(rule.choose(theta, StepSize::same(0.5))[0]);
  }
  rule.received(0, Skip{}, Dense{{1.0F}});
  const auto theta = std::make_shared<const ModelVersion>(3, Vector{0.0F}, 1.0);
  EXPECT_FALSE(rule.choose(theta, StepSize::same(0.5))[0]);
}

TEST(LagPs, RequestsDIterationsAfterTheLastUploadAtTheLatest) {
  LagPs::Config bounded = config({1e-6});
  bounded.max_delay = 3;
  Server server(bounded);
  std::vector<bool> chosen;
  for (int t = 0; t < 8; ++t) chosen.push_back(server.next()[0]);

  EXPECT_THAT(chosen, ElementsAre(true, false, false, true, false, false, true, false));
}

TEST(LagPs, StoresEachModelOnceAndGoesOnFromItsSavedState) {
  Server server(config({1.0, 1.0, 0.1}));
  for (int t = 0; t < 3; ++t) server.next();
  // theta^2 of two workers, theta^0 of the third, two steps.
  EXPECT_EQ(server.rule.state_bytes(), Bytes{2 * 4 + 2 * 8});
  std::stringstream state;
  {
    SavingArchive archive(state);
    server.rule.save(archive);
  }
  Server resumed(config({1.0, 1.0, 0.1}));
  LoadingArchive archive(state);
  resumed.rule.load(archive);
  resumed.t = server.t;
  EXPECT_EQ(resumed.rule.state_bytes(), server.rule.state_bytes());
  for (int t = 0; t < 20; ++t) EXPECT_EQ(resumed.next(), server.next());
}

TEST(LagPs, ScaleIsTenByDefaultAlsoInACustomMethod) {
  AlgorithmConfig custom{.name = "custom", .send = "lag_ps"};
  custom.reduction = Reduction::sum;
  for (const AlgorithmConfig& given : {AlgorithmConfig{.name = "lag_ps"}, custom}) {
    const AlgorithmConfig config = with_defaults(given);
    EXPECT_EQ(config.get(threshold_scale_parameter), 10);
    EXPECT_EQ(config.get(max_delay_parameter), longest_delay);
  }
}

TEST(LagPs, AnUnknownSmoothnessIsAnError) {
  EXPECT_THROW(static_cast<void>(make_participation({.name = "lag_ps"}, {.workers = 2})),
               InputError);
}

}  // namespace
}  // namespace gradwire::algorithms::lag_ps_test
