#include "sim/algorithms/send_rules/cmfl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/method_run.hpp"

namespace gradwire::algorithms::cmfl_test {
namespace {

using testing_support::FixedGradient;
using testing_support::MethodRun;

bool should_send(SendRule& rule, std::int64_t t, Vector theta, Vector gradient,
                 double squared_step = 1) {
  FixedGradient oracle(std::move(gradient));
  Proposal none([]() -> Message { throw std::logic_error("a proposal that is not read"); },
                [] { return 0.0; });
  const auto model = std::make_shared<const ModelVersion>(t, std::move(theta), squared_step);
  return rule.should_send({model, StepSize::same(0.1), oracle, none});
}

TEST(Cmfl, RelevanceIsTheShareOfEqualSignsOfTheUpdates) {
  // The worker's update is minus the gradient.
  const Vector before{0, 0, 0, 0};
  const Vector now{1, -1, 0, 2};
  EXPECT_EQ(relevance(Vector{-1, 1, 0, -3}, now, before), 1.0);
  EXPECT_EQ(relevance(Vector{1, -1, 1, 3}, now, before), 0.0);
  EXPECT_EQ(relevance(Vector{-1, -1, -1, -1}, now, before), 0.5);
  EXPECT_EQ(relevance(Vector{0, 1, 0, 0}, now, before), 0.5);
}

TEST(Cmfl, ThresholdFallsWithTheRootOfTheRound) {
  // v_0 = 1: 1/sqrt(3) = 0.577 in round 3, 0.5 in round 4.
  Cmfl rule(1.0);
  const Vector half{-1, 1};  // agrees with half of the model's step (1, 1)
  EXPECT_TRUE(should_send(rule, 0, {0, 0}, half)) << "the first round";
  EXPECT_FALSE(should_send(rule, 1, {1, 1}, half));
  EXPECT_FALSE(should_send(rule, 2, {2, 2}, half));
  EXPECT_FALSE(should_send(rule, 3, {3, 3}, half)) << "0.5 is not above 0.5";
  EXPECT_TRUE(should_send(rule, 4, {4, 4}, half));
}

TEST(Cmfl, ComparesWithTheModelThatItReceivedLast) {
  Cmfl rule(0.5);
  should_send(rule, 0, {0, 0}, {-1, -1});
  rule.skip_iteration(nullptr, StepSize::same(0.1));  // theta^1 was not received
  EXPECT_TRUE(should_send(rule, 2, {1, 1}, {-1, -1}));
  EXPECT_FALSE(should_send(rule, 3, {0, 0}, {-1, -1}));
}

TEST(Cmfl, AnIterationWithoutUploadsIsNoStep) {
  Cmfl rule(0.9);
  should_send(rule, 0, {0, 0}, {-1, -1});
  EXPECT_FALSE(should_send(rule, 1, {1, 1}, {-1, 1}));  // 0.5 against 0.64
  EXPECT_TRUE(should_send(rule, 2, {1, 1}, {-1, -1}, 0));
}

TEST(Cmfl, ARestoredRuleDecidesAsTheSavedOne) {
  Cmfl rule(0.5);
  should_send(rule, 0, {5, 5}, {-1, -1});
  std::stringstream file;
  {
    SavingArchive archive(file);
    rule.save(archive);
  }
  Cmfl restored(0.5);
  LoadingArchive archive(file);
  restored.load(archive);

  EXPECT_EQ(restored.state_bytes(), rule.state_bytes());
  EXPECT_FALSE(should_send(restored, 1, {4, 4}, {-1, -1}));
}

AlgorithmConfig cmfl(double v0) {
  AlgorithmConfig config{.name = "cmfl"};
  config.set(threshold_scale_parameter, v0);
  return config;
}

TEST(Cmfl, TheModelStaysWhereNobodySends) {
  MethodRun run(cmfl(1e12), 0.02, 0.3);
  EXPECT_EQ(testing_support::uploads(run.step()), 5);
  const Vector theta = run.server.model()->plain();
  for (int t = 1; t < 5; ++t) EXPECT_EQ(testing_support::uploads(run.step()), 0);

  EXPECT_EQ(run.server.model()->plain(), theta);
  EXPECT_EQ(run.server.model()->squared_step, 0.0);
  EXPECT_EQ(run.server.model()->iteration, 5);
  EXPECT_EQ(run.server.state_bytes(), Bytes{0}) << "no contributions are stored";
}

TEST(Cmfl, TheMeanIsOverThoseThatSend) {
  MethodRun run(cmfl(2), 0.3, 1.0);
  bool some = false;
  for (int t = 0; t < 40; ++t) {
    const Vector before = run.server.model()->plain();
    const std::vector<Message> messages = run.step();
    const int count = testing_support::uploads(messages);
    some = some || (count > 0 && count < 5);
    Vector sum(before.size(), 0.0F);
    for (const Message& message : messages) add_to(message, sum);
    const Vector after = run.server.model()->plain();
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const float step = count > 0 ? sum[i] / static_cast<float>(count) : 0.0F;
      EXPECT_NEAR(after[i], before[i] - step, 1e-5) << t;
    }
  }
  EXPECT_TRUE(some) << "some iterations in which a part of the workers sends";
}

}  // namespace
}  // namespace gradwire::algorithms::cmfl_test
