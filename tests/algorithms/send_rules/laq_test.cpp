#include "sim/algorithms/send_rules/laq.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/grid.hpp"
#include "sim/algorithms/memory/difference.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/weighted_quadratic.hpp"

namespace gradwire::algorithms::laq_test {
namespace {

using testing::ElementsAre;
using testing_support::QuadraticTeam;
using testing_support::WeightedQuadratic;

constexpr double gamma = 0.1;

AlgorithmConfig laq(std::int64_t bits, std::int64_t max_delay) {
  AlgorithmConfig config{.name = "laq"};
  return config.set(bits_parameter, bits).set(max_delay_parameter, max_delay);
}

/// Who sent in each iteration.
std::string senders(QuadraticTeam& team, int iterations) {
  std::string all;
  for (int t = 0; t < iterations; ++t) all += (t > 0 ? " " : "") + team.step(gamma);
  return all;
}

void expect_near(const Vector& x, const Vector& expected, double tolerance) {
  ASSERT_EQ(x.size(), expected.size());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], tolerance) << i;
}

// Golden values: tests/reference/memories.py.
TEST(Laq, FollowsTheReference) {
  AlgorithmConfig config = laq(3, 5);
  config.set(window_parameter, 4);
  QuadraticTeam team(config);
  EXPECT_EQ(senders(team, 30),
            "012 - - 012 - - - 01 - 2 0 2 1 0 - 2 1 0 2 - 0 2 1 - - 012 - - 012 -");
  expect_near(
      team.server.model()->plain(),
      {0.616659849F, -0.21862544F, 0.573451505F, 0.0454051963F, -0.276436478F, 0.288362766F}, 2e-6);
}

// Golden values: tests/reference/memories.py.
TEST(Laq, FollowsTheReferenceWithAnOffsetAndSmallerErrors) {
  AlgorithmConfig config = laq(3, 5);
  config.set(window_parameter, 4)
      .set(threshold_scale_parameter, 0.72)
      .set(threshold_error_parameter, 1.5)
      .set(threshold_offset_parameter, 0.01);
  QuadraticTeam team(config);
  EXPECT_EQ(senders(team, 30),
            "012 - - 012 - - - 012 - - 02 - 1 - 0 - 2 - 1 - 0 - 2 - 1 - 0 - 2 -");
  expect_near(
      team.server.model()->plain(),
      {0.616345426F, -0.214148502F, 0.571092357F, 0.0493665596F, -0.269369644F, 0.284569078F},
      2e-6);
}

/// Who sends by LAG's test ||g - ghat||^2 >= c/(gamma^2 M^2 n) sum of n squared steps.
std::string senders_of_lag(int iterations, int window, double scale) {
  std::vector<Vector> sent(QuadraticTeam::workers, Vector(WeightedQuadratic::d, 0.0F));
  Vector x(WeightedQuadratic::d, 0.0F);
  std::vector<double> moves;
  std::string all;
  for (int t = 0; t < iterations; ++t) {
    double movement = 0;
    const auto n = std::min<std::size_t>(moves.size(), static_cast<std::size_t>(window));
    for (std::size_t j = 0; j < n; ++j) movement += moves[moves.size() - 1 - j];
    std::string who;
    Vector sum(x.size(), 0.0F);
    for (int m = 0; m < QuadraticTeam::workers; ++m) {
      const Vector g = WeightedQuadratic(m).gradient(x);
      Vector& last = sent[static_cast<std::size_t>(m)];
      const double divisor = gamma * gamma * 9 * static_cast<double>(std::max<std::size_t>(n, 1));
      if (squared_distance(g, last) >= scale * movement / divisor) {
        last = g;
        who += std::to_string(m);
      }
      add_scaled(1.0F, last, sum);
    }
    const Vector before = x;
    add_scaled(-static_cast<float>(gamma), sum, x);
    moves.push_back(squared_distance(x, before));
    all += (t > 0 ? " " : "") + (who.empty() ? "-" : who);
  }
  return all;
}

TEST(Laq, WithManyBitsSendsWhenLagDoes) {
  const std::string expected = senders_of_lag(40, 10, 0.8);
  EXPECT_NE(expected.find(" - "), std::string::npos);  // lazy at all
  QuadraticTeam fine(laq(15, 100));
  EXPECT_EQ(senders(fine, 40), expected);

  AlgorithmConfig dense{.name = "custom", .send = "laq", .memory = "difference"};
  dense.reduction = Reduction::sum;
  dense.set(threshold_scale_parameter, 0.8).set(max_delay_parameter, 100);
  QuadraticTeam exact(dense);
  EXPECT_EQ(senders(exact, 40), expected);
}

TEST(Laq, WithAThresholdOfZeroIsGradientDescent) {
  AlgorithmConfig eager = laq(15, 100);
  eager.set(threshold_scale_parameter, 0.0).set(threshold_error_parameter, 0.0);
  QuadraticTeam team(eager);
  const std::string always = senders(team, 30);
  EXPECT_EQ(always.find('-'), std::string::npos);
  EXPECT_EQ(always.size(), 30 * 3 + 29);
  expect_near(team.server.model()->plain(), QuadraticTeam({.name = "sgd"}).after(30, gamma),
              1e-5);  // 2^-15 of each change
}

TEST(Laq, IsSilentForAtMostItsDelay) {
  for (const int delay : {1, 3, 7}) {
    AlgorithmConfig config = laq(3, delay);
    config.set(threshold_scale_parameter, 1e12);
    QuadraticTeam team(config);
    const std::string all = senders(team, 3 * delay + 4);
    std::string expected = "012";
    for (int round = 0; round < 3; ++round) {
      for (int t = 0; t < delay; ++t) expected += " -";
      expected += " 012";
    }
    EXPECT_EQ(all.substr(0, expected.size()), expected);
  }
}

TEST(Laq, OfAMeanTakesTheMeansStepForItsThreshold) {
  AlgorithmConfig mean = laq(4, 100);
  mean.reduction = Reduction::mean;
  QuadraticTeam by_mean(mean);
  QuadraticTeam by_sum(laq(4, 100));
  std::string of_mean;
  for (int t = 0; t < 40; ++t) of_mean += (t > 0 ? " " : "") + by_mean.step(3 * gamma);
  EXPECT_EQ(of_mean, senders(by_sum, 40));
}

TEST(Laq, BothEndsHoldTheSameVector) {  // theta^t - theta^{t+1} = gamma sum_m h_m
  const AlgorithmConfig config = laq(4, 100);
  QuadraticTeam team(config);
  Vector sum(WeightedQuadratic::d, 0.0F);
  for (int t = 0; t < 30; ++t) {
    const Vector before = team.server.model()->plain();
    std::vector<Message> sent = team.messages(gamma);
    for (const Message& message : sent) add_to(message, sum);
    team.server.step(gamma, std::move(sent));
    Vector expected = before;
    add_scaled(-static_cast<float>(gamma), sum, expected);
    expect_near(team.server.model()->plain(), expected, 1e-6);
  }
}

std::string checkpoint_of(const Worker& worker) {
  std::ostringstream file;
  SavingArchive archive(file);
  worker.save(archive);
  return file.str();
}

TEST(Laq, ALostUploadLeavesTheStateOfAnIterationWithoutSending) {
  QuadraticTeam team(laq(4, 100));
  int lost = 0;
  for (int t = 0; t < 30; ++t) {
    const std::vector<Worker> before = team.team;
    std::vector<Message> sent = team.messages(gamma);
    for (std::size_t m = 0; m < sent.size(); ++m) {
      if ((t + m) % 2 == 0 || std::holds_alternative<Skip>(sent[m])) continue;
      team.team[m].rollback(sent[m]);
      Worker absent = before[m];
      absent.skip_iteration(team.server.model(), StepSize::same(gamma));
      EXPECT_EQ(checkpoint_of(team.team[m]), checkpoint_of(absent)) << t;
      sent[m] = Skip{};
      ++lost;
    }
    team.server.step(gamma, std::move(sent));
  }
  EXPECT_GT(lost, 5);
}

TEST(Laq, ContinuesFromACheckpointWithTheSameBits) {
  QuadraticTeam team(laq(3, 5));
  senders(team, 12);
  std::stringstream file;
  {
    SavingArchive archive(file);
    team.server.save(archive);
    for (const Worker& worker : team.team) worker.save(archive);
  }
  QuadraticTeam loaded(laq(3, 5));
  {
    LoadingArchive archive(file);
    loaded.server.load(archive);
    for (Worker& worker : loaded.team) worker.load(archive);
  }

  EXPECT_EQ(senders(loaded, 20), senders(team, 20));
  EXPECT_EQ(loaded.server.model()->plain(), team.server.model()->plain());
}

TEST(Laq, StateIsTheVectorThatBothEndsHoldAndTheThreshold) {
  QuadraticTeam team(laq(3, 5));
  senders(team, 4);
  EXPECT_EQ(team.team[0].state_bytes(), Bytes{4 * 6 + 8 + 3 * 8});
  EXPECT_EQ(team.server.state_bytes(), Bytes{4 * 6});
}

TEST(Laq, ExpectsMessagesThatAreDifferences) {
  AlgorithmConfig config{.name = "custom", .send = "laq", .compress = "grid"};
  EXPECT_EQ(incompatibility(config),
            "laq compares changes since the last upload: expected memory difference, got none");
  config.memory = "difference";
  EXPECT_EQ(incompatibility(config), "");
}

TEST(Slaq, HasTheConstantsOfTheAuthorsCode) {
  const AlgorithmConfig config = with_defaults({.name = "slaq"});
  EXPECT_EQ(config.get(bits_parameter), 3);
  EXPECT_EQ(config.get(threshold_error_parameter), 1.5);
  EXPECT_EQ(config.get(threshold_offset_parameter), 0.2);
  // nine steps of weight 0.8 / 10
  EXPECT_DOUBLE_EQ(
      config.get(threshold_scale_parameter) / static_cast<double>(config.get(window_parameter)),
      0.08);
}

}  // namespace
}  // namespace gradwire::algorithms::laq_test
