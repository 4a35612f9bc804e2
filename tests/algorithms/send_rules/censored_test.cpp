#include "sim/algorithms/send_rules/censored.hpp"

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

namespace gradwire::algorithms::censored_test {
namespace {

using testing::ElementsAre;
using testing_support::FixedGradient;
using testing_support::MethodRun;

Model version(std::int64_t t, double squared_step) {
  return std::make_shared<const ModelVersion>(t, Vector(1, 0.0F), t == 0 ? 0.0 : squared_step);
}

bool should_send(SendRule& rule, std::int64_t t, float gradient, double gamma = 1.0) {
  FixedGradient oracle({gradient});
  Proposal none([]() -> Message { throw std::logic_error("a proposal that is not read"); },
                [] { return 0.0; });
  return rule.should_send({version(t, 1.0), StepSize::same(gamma), oracle, none});
}

TEST(Censored, ComparesWithTheGradientOfItsLastUpload) {
  Censored rule({.workers = 2, .window = 100, .threshold_offset = 4});  // 4/M^2 = 1
  std::vector<bool> sends;
  std::int64_t t = 0;
  for (const float g : {0.0F, 1.0F, 1.5F, 2.0F, 0.6F, 0.4F})
    sends.push_back(should_send(rule, t++, g));

  EXPECT_THAT(sends, ElementsAre(true, false, true, false, false, true));
  EXPECT_EQ(rule.auxiliary_gradients(), 0);
}

TEST(Censored, OffsetDecaysInEveryIteration) {
  Censored rule({.workers = 1, .window = 100, .threshold_offset = 16, .threshold_decay = 0.5});
  should_send(rule, 0, 0);

  EXPECT_FALSE(should_send(rule, 1, 1.9F));  // 8
  EXPECT_FALSE(should_send(rule, 2, 1.9F));  // 4
  EXPECT_TRUE(should_send(rule, 3, 1.9F));   // 2
}

TEST(Censored, AddsTheStepsBetweenTheNewestModelsOnceThereAreSoMany) {
  // w = 6, D = 3, gamma = 0.5: (6/3)/0.25 = 8 times the steps between 3 models, 2 of length 1: 16.
  Censored rule({.workers = 1, .window = 3, .threshold_scale = 6});
  should_send(rule, 0, 0, 0.5);

  EXPECT_TRUE(should_send(rule, 1, 0.1F, 0.5)) << "two models only";
  EXPECT_FALSE(should_send(rule, 2, 4.0F, 0.5)) << "15.2";
  EXPECT_TRUE(should_send(rule, 3, 4.2F, 0.5)) << "16.8, and no third step";
}

TEST(Censored, ALostUploadDoesNotCount) {
  Censored rule({.workers = 1, .window = 100, .threshold_offset = 1});
  EXPECT_TRUE(should_send(rule, 0, 0));
  rule.rollback();
  EXPECT_TRUE(should_send(rule, 1, 0)) << "none has arrived";
  rule.delivered();
  EXPECT_TRUE(should_send(rule, 2, 5));
  rule.rollback();

  EXPECT_TRUE(should_send(rule, 3, 5));
  rule.delivered();
  EXPECT_FALSE(should_send(rule, 4, 5));
}

TEST(Censored, ARestoredRuleDecidesAsTheSavedOne) {
  const Censored::Config config{.workers = 1, .window = 3, .threshold_scale = 3};
  Censored rule(config);
  for (int t = 0; t < 4; ++t) should_send(rule, t, 0);
  std::stringstream file;
  {
    SavingArchive archive(file);
    rule.save(archive);
  }
  Censored restored(config);
  LoadingArchive archive(file);
  restored.load(archive);

  EXPECT_EQ(restored.state_bytes(), rule.state_bytes());
  EXPECT_FALSE(should_send(restored, 4, 1.4F)) << "2 steps of length 1";
  EXPECT_TRUE(should_send(restored, 5, 1.5F));
}

TEST(Censored, WithoutAThresholdItIsSgd) {
  AlgorithmConfig config{.name = "csgd"};
  config.set(threshold_scale_parameter, 0.0).set(threshold_offset_parameter, 0.0);
  AlgorithmConfig sgd{.name = "sgd"};
  sgd.reduction = Reduction::mean;

  EXPECT_EQ(MethodRun(config, 0.02, 0.3).parameters_after(40),
            MethodRun(sgd, 0.02, 0.3).parameters_after(40));
}

TEST(GrowingBatch, IsTheCappedPowerRoundedDown) {
  EXPECT_EQ(growing_batch(5, 1.2, 1000, 0), 5);
  EXPECT_EQ(growing_batch(5, 1.2, 1000, 1), 6);
  EXPECT_EQ(growing_batch(5, 1.2, 1000, 2), 7);  // 7.2
  EXPECT_EQ(growing_batch(50, 1.01, 1000, 301), 999);
  EXPECT_EQ(growing_batch(50, 1.01, 1000, 302), 1000);
  EXPECT_EQ(growing_batch(50, 1.01, 1000, 1'000'000'000), 1000);
  EXPECT_EQ(growing_batch(50, 1.0, 1000, 1'000'000'000), 50);
  EXPECT_EQ(growing_batch(50, 2.0, 20, 0), 20);
}

}  // namespace
}  // namespace gradwire::algorithms::censored_test
