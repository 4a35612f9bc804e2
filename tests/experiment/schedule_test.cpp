#include "sim/experiment/schedule.hpp"

#include <gtest/gtest.h>

namespace gradwire::experiment {
namespace {

TEST(Schedule, IsConstantWithoutSteps) {
  const auto size = step_size({.initial = 0.005}, 123456, 600);

  EXPECT_EQ(size.gamma, 0.005);
  EXPECT_EQ(size.in_threshold, 0.005);
}

TEST(Schedule, StepsWhenTheirEpochsAreDone) {
  const LearningRateConfig rate{.initial = 1.0, .steps = {{20, 0.5}, {40, 0.25}}};

  EXPECT_EQ(step_size(rate, 20 * 500 - 1, 500).gamma, 1.0);
  EXPECT_EQ(step_size(rate, 20 * 500, 500).gamma, 0.5);
  EXPECT_EQ(step_size(rate, 40 * 500, 500).gamma, 0.125);
}

TEST(Schedule, TheThresholdFollowsLater) {
  const LearningRateConfig rate{.initial = 1.0, .steps = {{20, 0.5}}, .threshold_lag = 0.4};

  EXPECT_EQ(step_size(rate, 20 * 500 + 199, 500).in_threshold, 1.0);
  EXPECT_EQ(step_size(rate, 20 * 500 + 200, 500).in_threshold, 0.5);
}

}  // namespace
}  // namespace gradwire::experiment
