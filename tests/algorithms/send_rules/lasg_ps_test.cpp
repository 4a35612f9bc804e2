#include "sim/algorithms/send_rules/lasg_ps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms::lasg_ps_test {
namespace {

using testing::Each;
using testing::ElementsAre;

/// Workers with gradients curvature_m theta, for models of one entry, theta^t = t.
struct Server {
  explicit Server(const LasgPs::Config& config, std::vector<float> of_gradients)
      : rule(config),
        curvature(std::move(of_gradients)),
        newest(curvature.size(), Skip{}),
        workers_apply_gamma(config.workers_apply_gamma) {}

  std::vector<bool> next(double gamma = 0.5) {
    const auto value = static_cast<float>(t);
    const auto theta = std::make_shared<const ModelVersion>(t, Vector{value}, t == 0 ? 0.0 : 1.0);
    ++t;
    const auto chosen = rule.choose(theta, StepSize::same(gamma));
    const float factor = workers_apply_gamma ? static_cast<float>(gamma) : 1.0F;
    for (std::size_t m = 0; m < chosen.size(); ++m) {
      if (!chosen[m]) continue;
      const Message upload = Dense{{factor * curvature[m] * value}};
      rule.received(static_cast<int>(m), newest[m], upload);
      newest[m] = upload;
    }
    return chosen;
  }

  LasgPs rule;
  std::vector<float> curvature;
  std::vector<Message> newest;
  bool workers_apply_gamma;
  std::int64_t t = 0;
};

LasgPs::Config config(int workers) {
  return {.workers = workers,
          .smoothness = 10.0,
          .movement = {.scale = 1, .window = 4, .total_weight = 2}};
}

TEST(LasgPs, EstimatesTheRatioOfTheLatestTwoUploads) {
  Server server(config(2), {3.0F, -0.25F});
  EXPECT_THAT(server.next(), Each(true));
  EXPECT_THAT(server.rule.smoothness(), Each(10.0)) << "the start value, until the second upload";
  EXPECT_THAT(server.next(), Each(true));
  EXPECT_THAT(server.rule.smoothness(), ElementsAre(3.0, 0.25));
  // Thresholds 1/2, 3/4, 1, 1 and, from theta^1 on, squared distances 1, 4, 9, 16 over 16.
  for (int t = 2; t <= 4; ++t) EXPECT_THAT(server.next(), ElementsAre(true, false));
  EXPECT_THAT(server.next(), ElementsAre(true, true)) << "1 >= 1";
}

TEST(LasgPs, TheEstimateIsOfGradientsWhateverGammaAndWhoAppliesIt) {
  for (const bool workers_apply_gamma : {true, false}) {
    LasgPs::Config of_workers = config(1);
    of_workers.workers_apply_gamma = workers_apply_gamma;
    Server server(of_workers, {3.0F});
    server.next(0.5);
    server.next(0.125);
    EXPECT_EQ(server.rule.smoothness()[0], 3.0);
    server.next(0.25);
    EXPECT_EQ(server.rule.smoothness()[0], 3.0);
  }
}

TEST(LasgPs, AModelThatDidNotMoveLeavesTheEstimate) {
  LasgPs rule(config(1));
  for (std::int64_t t = 0; t < 3; ++t) {
    const auto theta = std::make_shared<const ModelVersion>(t, Vector{1.0F}, 0.0);
    EXPECT_TRUE(rule.choose(theta, StepSize::same(0.5))[0]) << "0 >= 0";
    rule.received(0, t == 0 ? Message(Skip{}) : Message(Dense{{1.0F}}), Dense{{2.0F}});
  }
  EXPECT_EQ(rule.smoothness()[0], 10.0);
}

TEST(LasgPs, RequestsDIterationsAfterTheLastUploadAtTheLatest) {
  LasgPs::Config bounded = config(1);
  bounded.smoothness = 1e-6;
  bounded.max_delay = 3;
  Server server(bounded, {1e-6F});
  std::vector<bool> chosen;
  for (int t = 0; t < 8; ++t) chosen.push_back(server.next()[0]);

  EXPECT_THAT(chosen, ElementsAre(true, false, false, true, false, false, true, false));
}

TEST(LasgPs, GoesOnFromItsSavedState) {
  Server server(config(3), {3.0F, 0.5F, 0.1F});
  for (int t = 0; t < 4; ++t) server.next(0.5 / (t + 1));
  std::stringstream state;
  {
    SavingArchive archive(state);
    server.rule.save(archive);
  }
  Server resumed(config(3), {3.0F, 0.5F, 0.1F});
  LoadingArchive archive(state);
  resumed.rule.load(archive);
  resumed.t = server.t;
  resumed.newest = server.newest;
  for (int t = 0; t < 20; ++t) EXPECT_EQ(resumed.next(0.1), server.next(0.1));
  EXPECT_EQ(resumed.rule.smoothness(), server.rule.smoothness());
}

TEST(LasgPs, HasTheDefaultsOfTheAuthorsCode) {
  const AlgorithmConfig config = with_defaults({.name = "custom", .send = "lasg_ps"});
  EXPECT_EQ(std::get<std::int64_t>(config.values.at("max_delay")), 50);
  EXPECT_EQ(std::get<std::int64_t>(config.values.at("window")), 10);
  EXPECT_EQ(std::get<double>(config.values.at("threshold_scale")), 1.0);
  EXPECT_EQ(std::get<double>(config.values.at("smoothness")), 0.1);
}

}  // namespace
}  // namespace gradwire::algorithms::lasg_ps_test
