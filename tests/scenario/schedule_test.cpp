#include "sim/scenario/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace gradwire::scenario::schedule_test {
namespace {

TEST(Schedule, IsConstantWithoutSteps) {
  const auto size = step_size({.initial = 0.005}, 1, 123456, 600);

  EXPECT_EQ(size.gamma, 0.005);
  EXPECT_EQ(size.in_threshold, 0.005);
}

TEST(Schedule, StepsWhenTheirEpochsAreDone) {
  const LearningRateConfig rate{.initial = 1.0, .steps = {{20, 0.5}, {40, 0.25}}};

  EXPECT_EQ(step_size(rate, 60, 20 * 500 - 1, 500).gamma, 1.0);
  EXPECT_EQ(step_size(rate, 60, 20 * 500, 500).gamma, 0.5);
  EXPECT_EQ(step_size(rate, 60, 40 * 500, 500).gamma, 0.125);
}

TEST(Schedule, TheThresholdFollowsLater) {
  const LearningRateConfig rate{.initial = 1.0, .steps = {{20, 0.5}}, .threshold_lag = 0.4};

  EXPECT_EQ(step_size(rate, 60, 20 * 500 + 199, 500).in_threshold, 1.0);
  EXPECT_EQ(step_size(rate, 60, 20 * 500 + 200, 500).in_threshold, 0.5);
}

/// A schedule that halves gamma at `epoch`, in the threshold `lag` epochs later.
LearningRateConfig lagging(double epoch, double lag) {
  return {.initial = 1.0, .steps = {{epoch, 0.5}}, .threshold_lag = lag};
}

/// The first iteration with the threshold's gamma after the step; -1 if it is not near `expected`.
std::int64_t change(const LearningRateConfig& rate, std::int64_t per_epoch, std::int64_t expected) {
  for (std::int64_t t = std::max<std::int64_t>(0, expected - 3); t < expected + 3; ++t) {
    if (step_size(rate, 60, t, per_epoch).in_threshold != 1.0) return t;
  }
  return -1;
}

/// The threshold's gamma as computed before lags were counted in iterations: by a difference of
/// epochs.
double by_difference(const LearningRateConfig& rate, std::int64_t t, std::int64_t per_epoch) {
  const double epochs_done = static_cast<double>(t) / static_cast<double>(per_epoch);
  return epochs_done - rate.threshold_lag >= rate.steps[0].epoch ? 0.5 : 1.0;
}

TEST(Schedule, AFractionOfAnEpochIsItsIterations) {
  int combinations = 0, late_by_difference = 0;
  for (const std::int64_t per_epoch : {5, 7, 9, 10, 12, 60, 100, 117, 128, 468, 500, 600}) {
    for (std::int64_t lag = 1; lag < per_epoch; ++lag) {
      for (const std::int64_t epoch : {1, 3, 20, 30, 59}) {
        const double fraction = static_cast<double>(lag) / static_cast<double>(per_epoch);
        const LearningRateConfig rate = lagging(static_cast<double>(epoch), fraction);
        const std::int64_t expected = epoch * per_epoch + lag;
        ASSERT_EQ(change(rate, per_epoch, expected), expected)
            << lag << " of " << per_epoch << " iterations after epoch " << epoch;
        ++combinations;
        late_by_difference += by_difference(rate, expected, per_epoch) == 1.0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(late_by_difference, combinations / 100);  // else the test would prove nothing
}

TEST(Schedule, ALagIsRoundedToTheNearestIteration) {
  EXPECT_EQ(change(lagging(2, 0.33), 10, 23), 23);
  EXPECT_EQ(change(lagging(2, 0.37), 10, 24), 24);
  EXPECT_EQ(change(lagging(2, 1.04), 10, 30), 30);
}

TEST(Schedule, AWholeLagIsWhatItWas) {
  for (const std::int64_t per_epoch : {1, 3, 7, 10, 49, 60, 100, 117, 468, 500, 600, 6000}) {
    for (const double epoch : {1.0, 2.0, 7.5, 20.0, 30.0, 40.25, 99.0, 150.0}) {
      for (const double lag : {0.0, 1.0, 2.0, 3.0, 10.0, 100.0}) {
        const LearningRateConfig rate = lagging(epoch, lag);
        const auto middle =
            static_cast<std::int64_t>((epoch + lag) * static_cast<double>(per_epoch));
        for (std::int64_t t = std::max<std::int64_t>(0, middle - 20); t < middle + 20; ++t) {
          ASSERT_EQ(step_size(rate, 60, t, per_epoch).in_threshold,
                    by_difference(rate, t, per_epoch))
              << "iteration " << t << ", " << per_epoch << " an epoch, step " << epoch << ", lag "
              << lag;
        }
      }
    }
  }
}

TEST(Schedule, AStepAtAFractionOfAnEpochIsAtItsIteration) {
  for (const std::int64_t per_epoch : {5, 7, 9, 10, 60, 100, 117, 468, 500, 600}) {
    for (std::int64_t at = 1; at < 3 * per_epoch; ++at) {
      const double epoch = static_cast<double>(at) / static_cast<double>(per_epoch);
      ASSERT_EQ(step_size(lagging(epoch, 0), 60, at - 1, per_epoch).gamma, 1.0) << at << per_epoch;
      ASSERT_EQ(step_size(lagging(epoch, 0), 60, at, per_epoch).gamma, 0.5)
          << at << " " << per_epoch;
    }
  }
  // Decimal fractions, as written in experiment files.
  EXPECT_EQ(step_size(lagging(0.1, 0), 60, 60, 600).gamma, 0.5);
  EXPECT_EQ(step_size(lagging(0.7, 0), 60, 419, 600).gamma, 1.0);
  EXPECT_EQ(step_size(lagging(0.7, 0), 60, 420, 600).gamma, 0.5);
}

TEST(Schedule, TheLongestLagNeverEnds) {
  EXPECT_EQ(step_size(lagging(1, 1e6), 60, 1'000'000'000, 1'000'000'000'000).in_threshold, 1.0);
  EXPECT_EQ(step_size(lagging(1, 1e6), 60, 1'000'000, std::int64_t{1} << 62).in_threshold, 1.0);
}

TEST(Schedule, WarmUpRisesLinearlyToTheFullStep) {
  const LearningRateConfig rate{.initial = 2.0, .warm_up_epochs = 0.5};

  EXPECT_EQ(step_size(rate, 10, 0, 8).gamma, 0.5);  // four iterations of warm-up
  EXPECT_EQ(step_size(rate, 10, 1, 8).gamma, 1.0);
  EXPECT_EQ(step_size(rate, 10, 2, 8).gamma, 1.5);
  EXPECT_EQ(step_size(rate, 10, 3, 8).gamma, 2.0);
  EXPECT_EQ(step_size(rate, 10, 4, 8).gamma, 2.0);
}

// torch.optim.lr_scheduler.CosineAnnealingLR(T_max=4), eta_min 0: (1 + cos(pi t / 4)) / 2.
TEST(Schedule, CosineFallsToZeroAtTheLastEpoch) {
  const LearningRateConfig rate{.initial = 1.0, .schedule = ScheduleKind::cosine};

  EXPECT_EQ(step_size(rate, 4, 0, 10).gamma, 1.0);
  EXPECT_NEAR(step_size(rate, 4, 10, 10).gamma, 0.8535533905932737, 1e-15);
  EXPECT_NEAR(step_size(rate, 4, 20, 10).gamma, 0.5, 1e-15);
  EXPECT_NEAR(step_size(rate, 4, 30, 10).gamma, 0.1464466094067262, 1e-15);
  EXPECT_NEAR(step_size(rate, 4, 40, 10).gamma, 0.0, 1e-15);
  EXPECT_NEAR(step_size(rate, 4, 50, 10).gamma, 0.0, 1e-15);  // epochs beyond the plan
}

}  // namespace
}  // namespace gradwire::scenario::schedule_test
