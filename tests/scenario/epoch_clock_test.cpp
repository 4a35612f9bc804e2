#include "sim/scenario/epoch_clock.hpp"

#include <gtest/gtest.h>

#include "sim/algorithms/local_steps/update_kind.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/scenario/schedule.hpp"

namespace gradwire::scenario::epoch_clock_test {
namespace {

Scenario scenario_of(const char* method, int workers) {
  Scenario scenario;
  scenario.workers = workers;
  scenario.algorithm.name = method;
  return scenario;
}

TEST(EpochClock, WithoutLocalStepsCountsIterations) {
  const EpochClock clock(scenario_of("sgd", 10), 600);
  for (const std::int64_t t : {0, 1, 7, 599, 600, 123'457}) {
    EXPECT_EQ(clock.epochs(t), static_cast<double>(t) / 600);
    EXPECT_EQ(clock.ends_epoch(t), t % 600 == 0) << t;
  }
  EXPECT_EQ(clock.iterations(2.5), 1500);
  EXPECT_FALSE(EpochClock(scenario_of("sgd", 10), 1).spans_epochs());
}

TEST(EpochClock, CountsTheSamplesOfLocalStepsOfThoseWhoTakePart) {
  Scenario scenario = scenario_of("local_sgd", 100);
  scenario.algorithm.set(algorithms::local_steps_parameter, 6);
  scenario.algorithm.set(algorithms::participation_parameter, 0.1);
  const EpochClock clock(scenario, 60);  // an iteration is 6/60 * 1/10 of an epoch
  EXPECT_EQ(clock.epochs(100), 1.0);
  EXPECT_EQ(clock.epochs(350), 3.5);
  EXPECT_EQ(clock.iterations(3), 300);
  EXPECT_TRUE(clock.ends_epoch(300));
  EXPECT_FALSE(clock.ends_epoch(301));
}

TEST(EpochClock, CountsPassesOverTheWorkersOwnSamples) {
  Scenario scenario = scenario_of("fedavg", 100);
  scenario.algorithm.set(algorithms::local_epochs_parameter, 5);
  scenario.algorithm.set(algorithms::participation_parameter, 0.1);
  EXPECT_EQ(EpochClock(scenario, 60).epochs(7), 3.5);
  scenario.algorithm.set(algorithms::participation_parameter, 1.0);
  EXPECT_EQ(EpochClock(scenario, 60).epochs(7), 35);
  EXPECT_TRUE(EpochClock(scenario, 60).spans_epochs());
}

TEST(EpochClock, RunsFasterAfterTheFirstDecayOfPostLocalSgd) {
  Scenario scenario = scenario_of("post_local_sgd", 4);
  scenario.algorithm.set(algorithms::local_steps_parameter, 5);
  EXPECT_EQ(EpochClock(scenario, 10).epochs(1000), 100) << "the learning rate never falls";
  scenario.learning_rate.steps = {{.epoch = 2.05, .factor = 0.1}};
  const EpochClock clock(scenario, 10);
  EXPECT_EQ(clock.local_from(), 21) << "the first iteration with the smaller rate";
  EXPECT_LT(step_size(scenario.learning_rate, 9, 21, clock).gamma,
            step_size(scenario.learning_rate, 9, 20, clock).gamma);
  EXPECT_EQ(clock.epochs(21), 2.1);
  EXPECT_DOUBLE_EQ(clock.epochs(23), 3.1);
  EXPECT_DOUBLE_EQ(clock.iterations(3.1), 23);
  EXPECT_EQ(clock.iterations(1), 10);
}

TEST(Schedule, OfLocalStepsFallsBetweenExchanges) {
  Scenario scenario = scenario_of("local_sgd", 4);
  scenario.algorithm.set(algorithms::local_steps_parameter, 20);
  const LearningRateConfig rate{.initial = 1, .steps = {{.epoch = 5, .factor = 0.5}}};
  const EpochClock clock(scenario, 30);
  EXPECT_EQ(step_size(rate, 9, 7, clock).gamma, 1.0);  // after 4.67 epochs
  EXPECT_EQ(step_size(rate, 9, 8, clock).gamma, 0.5);  // after 5.33
  EXPECT_EQ(step_size(rate, 9, 8, clock).relative, 0.5);
}

}  // namespace
}  // namespace gradwire::scenario::epoch_clock_test
