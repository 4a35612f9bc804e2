#include "sim/algorithms/lazy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace gradwire::algorithms {
namespace {

/// A model version whose last step had this squared length.
Model version(std::int64_t t, double squared_step) {
  auto model = std::make_shared<ModelVersion>();
  model->iteration = t;
  model->parameters = Vector(2, 0.0F);
  model->squared_step = squared_step;
  return model;
}

/// Answers with a fixed squared distance and notes between which versions it was asked for.
class FixedDistance : public GradientOracle {
 public:
  explicit FixedDistance(double distance) : distance_(distance) {}
  std::span<const float> at(const Model&) override { return {}; }
  double squared_distance(const Model& a, const Model& b) override {
    asked.emplace_back(a->iteration, b->iteration);
    return distance_;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> asked;

 private:
  double distance_;
};

/// Which of `iterations` iterations send, when every gradient moves by `distance` and every model
/// step is 1 long.
std::vector<bool> decisions(Lazy lazy, double distance, int iterations) {
  FixedDistance oracle(distance);
  std::vector<bool> sends;
  for (int t = 0; t < iterations; ++t) {
    sends.push_back(lazy.worth_sending(version(t, t == 0 ? 0.0 : 1.0), everywhere(0.5), oracle));
  }
  return sends;
}

Lazy::Config notebook(int max_delay) {
  return lazy_config({.name = "lasg", .max_delay = max_delay, .threshold_scale = 1.0}, 2);
}

TEST(Lazy, EverybodySendsInTheFirstDIterations) {
  const auto sends = decisions(Lazy(notebook(3)), 0.0, 4);

  EXPECT_THAT(sends, testing::ElementsAre(true, true, true, false));
}

TEST(Lazy, SendsAfterMaxDelaySilentIterationsAndOneMoreAfterTheStart) {
  const auto sends = decisions(Lazy(notebook(2)), 0.0, 12);

  // Warm-up 2; then D + 1 = 3 silent ones, as the authors' code counts; from then on D = 2.
  EXPECT_THAT(sends, testing::ElementsAre(true, true, false, false, false, true, false, false, true,
                                          false, false, true));
}

TEST(Lazy, ComparesWithTheModelOfItsLastUpload) {
  Lazy lazy(notebook(2));
  FixedDistance oracle(0.0);
  for (int t = 0; t < 7; ++t) lazy.worth_sending(version(t, 1.0), everywhere(0.5), oracle);

  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{2, 1}, {3, 1}, {4, 1}, {6, 5}};
  EXPECT_EQ(oracle.asked, expected);
}

TEST(Lazy, ThresholdIsScaleTimesMovementOverGammaMSquared) {
  // c = 1, gamma = 0.5, M = 2, two steps of length 1: 1 / (0.5 * 4) * 2 = 1.
  EXPECT_FALSE(decisions(Lazy(notebook(3)), 1.0, 4)[3]);
  EXPECT_TRUE(decisions(Lazy(notebook(3)), 1.0 + 1e-12, 4)[3]);
}

TEST(Lazy, WindowHoldsTheNewestStepsOnly) {
  Lazy lazy(notebook(3));
  FixedDistance oracle(1.0);
  for (int t = 0; t < 3; ++t) lazy.worth_sending(version(t, 1e6), everywhere(0.5), oracle);
  lazy.worth_sending(version(3, 1.0), everywhere(0.5), oracle);

  // Steps 1 and 1: the large ones of the warm-up have left the window of D - 1 = 2.
  EXPECT_FALSE(lazy.worth_sending(version(4, 1.0), everywhere(0.5), oracle));
  FixedDistance larger(1.1);
  EXPECT_TRUE(lazy.worth_sending(version(5, 1.0), everywhere(0.5), larger));
}

TEST(Lazy, AsksForOneMoreGradientOnceTheRuleIsInForce) {
  Lazy lazy(notebook(1));
  FixedDistance oracle(0.0);

  EXPECT_EQ(lazy.auxiliary_gradients(), 0);
  lazy.worth_sending(version(0, 0.0), everywhere(0.5), oracle);
  EXPECT_EQ(lazy.auxiliary_gradients(), 1);
}

TEST(Lazy, NeverSkipsMoreThanDInARowAsPrinted) {
  for (int delay = 1; delay <= 10; ++delay) {
    AlgorithmConfig config{.name = "lasg", .max_delay = delay, .variant = "paper"};
    const auto sends = decisions(Lazy(lazy_config(config, 2)), 0.0, 100);
    int silent = 0;
    for (const bool sent : sends) {
      silent = sent ? 0 : silent + 1;
      EXPECT_LE(silent, delay);
    }
    EXPECT_TRUE(sends[0]);
    EXPECT_FALSE(sends[1]) << "no warm-up beyond the first iteration";
  }
}

TEST(Lazy, AsPrintedTheWeightsKeepTheFirstStepSize) {
  AlgorithmConfig config{
      .name = "lasg", .max_delay = 3, .threshold_scale = 1.0, .variant = "paper"};
  Lazy lazy(lazy_config(config, 1));
  FixedDistance oracle(1.5);
  lazy.worth_sending(version(0, 0.0), everywhere(0.5), oracle);

  // 1 / (0.5 * 1) * 1 = 2 with the first gamma; 0.2 with the one that comes along.
  EXPECT_FALSE(lazy.worth_sending(version(1, 1.0), everywhere(5.0), oracle));
}

TEST(Lazy, TheThresholdHasAStepSizeOfItsOwn) {
  // One step of length 1, c = 1, M = 2: 1 / (in_threshold * 4) is 0.5 or 5, whatever gamma is.
  Lazy lazy(notebook(2));
  FixedDistance oracle(1.0);
  for (int t = 0; t < 2; ++t) lazy.worth_sending(version(t, 1.0), everywhere(0.5), oracle);

  EXPECT_TRUE(lazy.worth_sending(version(2, 1.0), {.gamma = 0.05, .in_threshold = 0.5}, oracle));
  EXPECT_FALSE(lazy.worth_sending(version(3, 1.0), {.gamma = 0.5, .in_threshold = 0.05}, oracle));
}

TEST(Lazy, AZeroScaleSendsWheneverTheGradientMoves) {
  Lazy::Config config = notebook(2);
  config.threshold_scale = 0.0;

  EXPECT_THAT(decisions(Lazy(config), 1e-30, 20), testing::Each(true));
}

TEST(Lazy, CopiesAreIndependent) {
  Lazy original(notebook(1));
  FixedDistance oracle(0.0);
  original.worth_sending(version(0, 0.0), everywhere(0.5), oracle);
  Lazy copy = original;
  copy.worth_sending(version(1, 1.0), everywhere(0.5), oracle);
  copy.worth_sending(version(2, 1.0), everywhere(0.5), oracle);

  original.worth_sending(version(1, 1.0), everywhere(0.5), oracle);

  EXPECT_EQ(oracle.asked.back(), (std::pair<std::int64_t, std::int64_t>(1, 0)));
}

/// Decisions on theta^0, theta^1, ... with steps of length 1, when no gradient moves.
class Asking {
 public:
  explicit Asking(Lazy rule) : lazy(std::move(rule)) {}
  bool next() { return lazy.worth_sending(theta(), everywhere(0.5), oracle); }
  void sit_out() { lazy.sit_out(theta(), everywhere(0.5)); }
  Model theta() {
    ++t;
    return version(t - 1, t == 1 ? 0.0 : 1.0);
  }

  Lazy lazy;
  FixedDistance oracle{0.0};
  std::int64_t t = 0;
};

TEST(Lazy, AnUploadThatIsTakenBackLeavesTheRuleAsAfterASkip) {
  Asking asking{Lazy(notebook(2))};
  for (int t = 0; t < 5; ++t) asking.next();  // sends at 0 and 1, then is silent
  ASSERT_TRUE(asking.next());                 // at 5, forced
  asking.lazy.take_back();

  EXPECT_TRUE(asking.next());  // forced still
  asking.lazy.delivered();
  EXPECT_FALSE(asking.next());
  // It compared with theta^1 until its upload at 6 arrived.
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{2, 1}, {3, 1}, {4, 1}, {7, 6}};
  EXPECT_EQ(asking.oracle.asked, expected);
}

TEST(Lazy, IterationsThatItSitsOutAreSilentOnes) {
  Asking asking{Lazy(notebook(2))};
  for (int t = 0; t < 2; ++t) asking.next();
  for (int t = 0; t < 3; ++t) asking.sit_out();

  EXPECT_TRUE(asking.next());  // as if it had skipped three times
  EXPECT_TRUE(asking.oracle.asked.empty());
}

TEST(Lazy, SaysWhichModelItWillAskAbout) {
  Asking asking{Lazy(notebook(2))};  // D = 2: two silent iterations at most
  for (int t = 0; t < 11; ++t) {
    const Model announced = asking.lazy.compares_with();
    asking.oracle.asked.clear();
    asking.next();
    std::vector<std::pair<std::int64_t, std::int64_t>> expected;
    if (announced) expected.emplace_back(t, announced->iteration);
    EXPECT_EQ(asking.oracle.asked, expected);
  }
  EXPECT_FALSE(asking.lazy.compares_with()) << "silent for long enough";
  asking.next();
  EXPECT_TRUE(asking.lazy.compares_with());
}

TEST(Lazy, SendsUntilOneUploadHasArrived) {
  Asking asking{Lazy(notebook(1))};
  asking.sit_out();
  EXPECT_EQ(asking.lazy.auxiliary_gradients(), 0) << "the warm-up is over, but nothing was sent";
  for (int t = 0; t < 3; ++t) {
    EXPECT_TRUE(asking.next());
    asking.lazy.take_back();
  }
  EXPECT_TRUE(asking.next());
  asking.lazy.delivered();

  EXPECT_FALSE(asking.next());
  EXPECT_EQ(asking.oracle.asked.size(), 1U);
}

}  // namespace
}  // namespace gradwire::algorithms
