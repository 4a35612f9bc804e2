#include "sim/algorithms/send_rules/lazy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace gradwire::algorithms::lazy_test {
namespace {

/// A model version with this squared length of its last step.
Model version(std::int64_t t, double squared_step) {
  return std::make_shared<const ModelVersion>(t, Vector(2, 0.0F), squared_step);
}

/// Returns a fixed squared distance and records the versions it is called with.
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

bool should_send(Lazy& lazy, const Model& theta, StepSize size, GradientOracle& gradient) {
  const auto fail = [] { throw std::logic_error("a proposal that is not read"); };
  Proposal none([fail]() -> Message { return fail(), Skip{}; }, [fail] { return fail(), 0.0; });
  return lazy.should_send({theta, size, gradient, none});
}

/// Which of the iterations send, if every gradient changes by `distance` and every model step has
/// length 1.
std::vector<bool> decisions(Lazy lazy, double distance, int iterations) {
  FixedDistance oracle(distance);
  std::vector<bool> sends;
  for (int t = 0; t < iterations; ++t) {
    sends.push_back(should_send(lazy, version(t, t == 0 ? 0.0 : 1.0), StepSize::same(0.5), oracle));
  }
  return sends;
}

AlgorithmConfig lasg(int max_delay, const char* variant) {
  AlgorithmConfig config{.name = "lasg"};
  config.set(max_delay_parameter, max_delay)
      .set(threshold_scale_parameter, 1.0)
      .set(variant_parameter, variant);
  return config;
}

Lazy::Config notebook(int max_delay) { return lazy_config(lasg(max_delay, "notebook"), 2); }

TEST(Lazy, EverybodySendsInTheFirstDIterations) {
  const auto sends = decisions(Lazy(notebook(3)), 0.0, 4);

  EXPECT_THAT(sends, testing::ElementsAre(true, true, true, false));
}

TEST(Lazy, SendsAfterMaxDelaySilentIterationsAndOneMoreAfterTheStart) {
  const auto sends = decisions(Lazy(notebook(2)), 0.0, 12);

  // Warm-up 2; then D + 1 = 3 iterations without sending, as counted by the authors' code; from
  // then on D = 2.
  EXPECT_THAT(sends, testing::ElementsAre(true, true, false, false, false, true, false, false, true,
                                          false, false, true));
}

TEST(Lazy, ComparesWithTheModelOfItsLastUpload) {
  Lazy lazy(notebook(2));
  FixedDistance oracle(0.0);
  for (int t = 0; t < 7; ++t) should_send(lazy, version(t, 1.0), StepSize::same(0.5), oracle);

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
  for (int t = 0; t < 3; ++t) should_send(lazy, version(t, 1e6), StepSize::same(0.5), oracle);
  should_send(lazy, version(3, 1.0), StepSize::same(0.5), oracle);

  // Steps 1 and 1: the large ones of the warm-up are outside the window of D - 1 = 2.
  EXPECT_FALSE(should_send(lazy, version(4, 1.0), StepSize::same(0.5), oracle));
  FixedDistance larger(1.1);
  EXPECT_TRUE(should_send(lazy, version(5, 1.0), StepSize::same(0.5), larger));
}

TEST(Lazy, AsksForOneMoreGradientOnceTheRuleIsInForce) {
  Lazy lazy(notebook(1));
  FixedDistance oracle(0.0);

  EXPECT_EQ(lazy.auxiliary_gradients(), 0);
  should_send(lazy, version(0, 0.0), StepSize::same(0.5), oracle);
  EXPECT_EQ(lazy.auxiliary_gradients(), 1);
}

TEST(Lazy, NeverSkipsMoreThanDInARowAsPrinted) {
  for (int delay = 1; delay <= 10; ++delay) {
    const auto sends = decisions(Lazy(lazy_config(lasg(delay, "paper"), 2)), 0.0, 100);
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
  Lazy lazy(lazy_config(lasg(3, "paper"), 1));
  FixedDistance oracle(1.5);
  should_send(lazy, version(0, 0.0), StepSize::same(0.5), oracle);

  // 1 / (0.5 * 1) * 1 = 2 with the first gamma; 0.2 with the current one.
  EXPECT_FALSE(should_send(lazy, version(1, 1.0), StepSize::same(5.0), oracle));
}

TEST(Lazy, TheThresholdHasAStepSizeOfItsOwn) {
  // One step of length 1, c = 1, M = 2: 1 / (in_threshold * 4) is 0.5 or 5, for any gamma.
  Lazy lazy(notebook(2));
  FixedDistance oracle(1.0);
  for (int t = 0; t < 2; ++t) should_send(lazy, version(t, 1.0), StepSize::same(0.5), oracle);

  EXPECT_TRUE(should_send(lazy, version(2, 1.0), {.gamma = 0.05, .in_threshold = 0.5}, oracle));
  EXPECT_FALSE(should_send(lazy, version(3, 1.0), {.gamma = 0.5, .in_threshold = 0.05}, oracle));
}

TEST(Lazy, AZeroScaleSendsWheneverTheGradientMoves) {
  Lazy::Config config = notebook(2);
  config.threshold_scale = 0.0;

  EXPECT_THAT(decisions(Lazy(config), 1e-30, 20), testing::Each(true));
}

TEST(Lazy, CopiesAreIndependent) {
  Lazy original(notebook(1));
  FixedDistance oracle(0.0);
  should_send(original, version(0, 0.0), StepSize::same(0.5), oracle);
  Lazy copy = original;
  should_send(copy, version(1, 1.0), StepSize::same(0.5), oracle);
  should_send(copy, version(2, 1.0), StepSize::same(0.5), oracle);

  should_send(original, version(1, 1.0), StepSize::same(0.5), oracle);

  EXPECT_EQ(oracle.asked.back(), (std::pair<std::int64_t, std::int64_t>(1, 0)));
}

/// Decisions at theta^0, theta^1, ... with steps of length 1, if no gradient changes.
class LazyDriver {
 public:
  explicit LazyDriver(Lazy rule) : lazy(std::move(rule)) {}
  bool next() { return should_send(lazy, theta(), StepSize::same(0.5), oracle); }
  void skip_iteration() { lazy.skip_iteration(theta(), StepSize::same(0.5)); }
  Model theta() {
    ++t;
    return version(t - 1, t == 1 ? 0.0 : 1.0);
  }

  Lazy lazy;
  FixedDistance oracle{0.0};
  std::int64_t t = 0;
};

TEST(Lazy, AnUploadThatIsTakenBackLeavesTheRuleAsAfterASkip) {
  LazyDriver asking{Lazy(notebook(2))};
  for (int t = 0; t < 5; ++t) asking.next();  // sends at 0 and 1, then skips
  ASSERT_TRUE(asking.next());                 // at 5, forced
  asking.lazy.rollback();

  EXPECT_TRUE(asking.next());  // still forced
  asking.lazy.delivered();
  EXPECT_FALSE(asking.next());
  // The reference model was theta^1 until the upload at 6 arrived.
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{2, 1}, {3, 1}, {4, 1}, {7, 6}};
  EXPECT_EQ(asking.oracle.asked, expected);
}

TEST(Lazy, IterationsThatItSitsOutAreSilentOnes) {
  LazyDriver asking{Lazy(notebook(2))};
  for (int t = 0; t < 2; ++t) asking.next();
  for (int t = 0; t < 3; ++t) asking.skip_iteration();

  EXPECT_TRUE(asking.next());  // as if it had skipped three times
  EXPECT_TRUE(asking.oracle.asked.empty());
}

TEST(Lazy, SaysWhichModelItWillAskAbout) {
  LazyDriver asking{Lazy(notebook(2))};  // D = 2: at most two iterations without sending
  for (int t = 0; t < 11; ++t) {
    const Model announced = asking.lazy.reference_model();
    asking.oracle.asked.clear();
    asking.next();
    std::vector<std::pair<std::int64_t, std::int64_t>> expected;
    if (announced) expected.emplace_back(t, announced->iteration);
    EXPECT_EQ(asking.oracle.asked, expected);
  }
  EXPECT_FALSE(asking.lazy.reference_model()) << "silent for long enough";
  asking.next();
  EXPECT_TRUE(asking.lazy.reference_model());
}

TEST(Lazy, SendsUntilOneUploadHasArrived) {
  LazyDriver asking{Lazy(notebook(1))};
  asking.skip_iteration();
  EXPECT_EQ(asking.lazy.auxiliary_gradients(), 0) << "the warm-up is over, but nothing was sent";
  for (int t = 0; t < 3; ++t) {
    EXPECT_TRUE(asking.next());
    asking.lazy.rollback();
  }
  EXPECT_TRUE(asking.next());
  asking.lazy.delivered();

  EXPECT_FALSE(asking.next());
  EXPECT_EQ(asking.oracle.asked.size(), 1U);
}

}  // namespace
}  // namespace gradwire::algorithms::lazy_test
