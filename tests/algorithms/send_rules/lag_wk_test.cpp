#include "sim/algorithms/send_rules/lag_wk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms::lag_wk_test {
namespace {

using testing::ElementsAre;

/// A model version with this squared length of its last step.
Model version(std::int64_t t, double squared_step) {
  return std::make_shared<const ModelVersion>(t, Vector(2, 0.0F), squared_step);
}

/// A gradient that is set from outside; at theta^t only.
class GivenGradient : public GradientOracle {
 public:
  std::span<const float> at(const Model&) override { return gradient; }
  double squared_distance(const Model&, const Model&) override {
    throw std::logic_error("a second gradient, which LAG does not need");
  }
  Vector gradient;
};

/// A worker whose gradient at theta^t is (g, 0); every step of the model has length 1.
struct Driver {
  explicit Driver(const LagWk::Config& config) : rule(config) {}

  bool next(float g, double gamma = 0.5) {
    const auto fail = [] { throw std::logic_error("a proposal that is not read"); };
    Proposal none([fail]() -> Message { return fail(), Skip{}; }, [fail] { return fail(), 0.0; });
    oracle.gradient = {g, 0.0F};
    const Model theta = version(t, t == 0 ? 0.0 : 1.0);
    ++t;
    return rule.should_send({theta, StepSize::same(gamma), oracle, none});
  }

  LagWk rule;
  GivenGradient oracle;
  std::int64_t t = 0;
};

/// M = 2, D = 4: the threshold is sum / (gamma^2 4 4), with gamma = 0.5 a quarter of the sum.
LagWk::Config config() { return {.movement = {.scale = 1, .window = 4, .total_weight = 2}}; }

TEST(LagWk, ThresholdIsTheMovementOverGammaSquaredMSquaredD) {
  Driver worker(config());
  EXPECT_TRUE(worker.next(0.0F)) << "the first iteration";
  EXPECT_FALSE(worker.next(0.5F)) << "0.25 > 0.25 does not hold";
  EXPECT_TRUE(worker.next(0.75F)) << "0.5625 > 0.5";
}

TEST(LagWk, WindowHoldsTheStepsThatExistAndAtMostD) {
  Driver worker(config());
  worker.next(0.0F);
  for (int t = 1; t < 10; ++t) worker.next(0.0F);
  EXPECT_FALSE(worker.next(1.0F)) << "four steps of ten: 1 > 1 does not hold";
  EXPECT_TRUE(worker.next(1.01F));
}

TEST(LagWk, ComparesWithTheGradientOfTheLastUpload) {
  Driver worker(config());
  worker.next(0.0F);
  for (int t = 1; t < 10; ++t) worker.next(0.0F);
  EXPECT_TRUE(worker.next(5.0F));
  EXPECT_FALSE(worker.next(5.9F));
  EXPECT_FALSE(worker.next(4.1F)) << "from 5, not from 5.9";
  EXPECT_TRUE(worker.next(3.9F));
}

TEST(LagWk, SendsDIterationsAfterItsLastUploadAtTheLatest) {
  LagWk::Config bounded = config();
  bounded.max_delay = 3;
  Driver worker(bounded);
  std::vector<bool> sends;
  for (int t = 0; t < 8; ++t) sends.push_back(worker.next(1.0F));

  EXPECT_THAT(sends, ElementsAre(true, false, false, true, false, false, true, false));
}

TEST(LagWk, AnUploadThatIsTakenBackLeavesTheRuleAsAfterASkip) {
  LagWk::Config bounded = config();
  bounded.max_delay = 3;
  Driver worker(bounded);
  worker.next(0.0F);
  worker.rule.delivered();
  ASSERT_TRUE(worker.next(7.0F));
  worker.rule.rollback();

  EXPECT_FALSE(worker.next(0.1F)) << "compared with 0";
  EXPECT_TRUE(worker.next(0.1F)) << "three iterations after the upload that arrived";
}

TEST(LagWk, SendsUntilOneUploadHasArrived) {
  Driver worker(config());
  for (int t = 0; t < 3; ++t) {
    EXPECT_TRUE(worker.next(1.0F));
    worker.rule.rollback();
  }
  EXPECT_TRUE(worker.next(1.0F));
  worker.rule.delivered();
  EXPECT_FALSE(worker.next(1.0F));
}

TEST(LagWk, NeedsNoFurtherGradientAndStoresOne) {
  Driver worker(config());
  EXPECT_EQ(worker.rule.state_bytes(), Bytes{0});
  worker.next(1.0F);
  worker.next(1.0F);
  EXPECT_EQ(worker.rule.auxiliary_gradients(), 0);
  EXPECT_EQ(worker.rule.reference_model(), nullptr);
  EXPECT_EQ(worker.rule.state_bytes(), Bytes{2 * 4 + 8}) << "the gradient and one step";
}

TEST(LagWk, GoesOnFromItsSavedState) {
  Driver worker(config());
  for (int t = 0; t < 6; ++t) worker.next(static_cast<float>(t));
  std::stringstream state;
  {
    SavingArchive archive(state);
    worker.rule.save(archive);
  }
  Driver resumed(config());
  LoadingArchive archive(state);
  resumed.rule.load(archive);
  resumed.t = worker.t;
  for (int t = 0; t < 20; ++t) {
    const auto g = static_cast<float>(5 + std::sin(t));
    EXPECT_EQ(resumed.next(g), worker.next(g)) << t;
  }
}

/// Of the rule of a configuration with two workers: whether it sends when its gradient changes from
/// 0 to g after one step of length 1 with gamma.
bool sends_at(AlgorithmConfig config, float g, double gamma) {
  config = with_defaults(config);
  const auto rule = ingredients_of(config).send->make(config, 2);
  Driver worker({.movement = {}});
  worker.rule = dynamic_cast<const LagWk&>(*rule);
  worker.next(0.0F, gamma);
  return worker.next(g, gamma);
}

TEST(LagWk, ScaleIsOneByDefaultAlsoInACustomMethod) {
  AlgorithmConfig custom{.name = "custom", .send = "lag_wk"};
  custom.reduction = Reduction::sum;
  for (const AlgorithmConfig& config : {AlgorithmConfig{.name = "lag_wk"}, custom}) {
    // sqrt(1 / (0.5^2 2^2 10)) = 0.3162
    EXPECT_FALSE(sends_at(config, 0.316F, 0.5));
    EXPECT_TRUE(sends_at(config, 0.317F, 0.5));
    EXPECT_EQ(with_defaults(config).get(max_delay_parameter), longest_delay);
  }
}

TEST(LagWk, AMeanWithMTimesTheStepSizeHasTheThresholdOfTheSum) {
  AlgorithmConfig mean{.name = "lag_wk"};
  mean.reduction = Reduction::mean;
  EXPECT_FALSE(sends_at(mean, 0.316F, 2 * 0.5));
  EXPECT_TRUE(sends_at(mean, 0.317F, 2 * 0.5));
}

}  // namespace
}  // namespace gradwire::algorithms::lag_wk_test
