#include "sim/algorithms/send_rules/lasg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "tests/support/method_run.hpp"

namespace gradwire::algorithms::lasg_test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing_support::MethodRun;

/// A model version with this squared length of its last step.
Model version(std::int64_t t, double squared_step) {
  return std::make_shared<const ModelVersion>(t, Vector(2, 0.0F), t == 0 ? 0.0 : squared_step);
}

/// The gradient at theta^t is (gradients[t], 0); records the pairs of models compared.
class TableOracle : public GradientOracle {
 public:
  explicit TableOracle(std::vector<float> gradients) : gradients_(std::move(gradients)) {}
  std::span<const float> at(const Model& theta) override {
    result_ = {gradients_.at(static_cast<std::size_t>(theta->iteration)), 0.0F};
    return result_;
  }
  double squared_distance(const Model& a, const Model& b) override {
    compared.emplace_back(a->iteration, b->iteration);
    const double difference = at(a)[0] - at(b)[0];
    return difference * difference;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> compared;

 private:
  std::vector<float> gradients_;
  Vector result_;
};

bool should_send(SendRule& rule, const Model& theta, GradientOracle& gradient, double gamma = 1.0) {
  Proposal none([]() -> Message { throw std::logic_error("a proposal that is not read"); },
                [] { return 0.0; });
  return rule.should_send({theta, StepSize::same(gamma), gradient, none});
}

/// The decisions at theta^0, theta^1, ..., whose steps have length 1.
std::vector<bool> decisions(SendRule& rule, TableOracle oracle, int iterations,
                            double gamma = 1.0) {
  std::vector<bool> sends;
  for (int t = 0; t < iterations; ++t) {
    sends.push_back(should_send(rule, version(t, 1.0), oracle, gamma));
    rule.delivered();
  }
  return sends;
}

TableOracle constant_gradient() { return TableOracle(std::vector<float>(1000, 3.0F)); }

/// Threshold: the newest step of the model.
StochasticLazy::Config newest_step(int max_delay) {
  return {.max_delay = max_delay, .movement = {.scale = 1, .window = 1}};
}

std::unique_ptr<SendRule> make(const char* row, double scale, int workers = 1,
                               const char* threshold_by = "step_size", int window = 4,
                               Reduction reduction = Reduction::mean) {
  AlgorithmConfig config{.name = row};
  config.reduction = reduction;
  config.set(max_delay_parameter, 1000)
      .set(threshold_scale_parameter, scale)
      .set(window_parameter, window)
      .set(threshold_by_parameter, threshold_by);
  return ingredients_of(config).send->make(with_defaults(config), workers);
}

TEST(LasgWk2, SendsAtTheStartAndAtLeastEveryDmaxIterations) {
  LasgWk2 rule(newest_step(3));

  EXPECT_THAT(decisions(rule, constant_gradient(), 8),
              ElementsAre(true, false, false, true, false, false, true, false));
}

TEST(LasgWk2, ComparesWithTheModelOfItsLastUpload) {
  LasgWk2 rule(newest_step(3));
  TableOracle oracle = constant_gradient();
  for (int t = 0; t < 6; ++t) {
    const Model announced = rule.reference_model();
    const std::size_t before = oracle.compared.size();
    EXPECT_EQ(rule.auxiliary_gradients(), announced ? 1 : 0);
    should_send(rule, version(t, 1.0), oracle);
    EXPECT_EQ(oracle.compared.size() - before, announced ? 1U : 0U);
  }

  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{1, 0}, {2, 0}, {4, 3}, {5, 3}};
  EXPECT_EQ(oracle.compared, expected);
}

TEST(LasgWk2, ThresholdIsTheMeanSquaredStepOverGammaSquared) {
  // c = 2, W = 4, gamma = 0.5: after one step of length 1 the threshold is 2/(0.25 * 4) = 2, after
  // two 4. The gradient changes by 2 at theta^2: its square reaches 4.
  const auto rule = make("lasg_wk2", 2);

  EXPECT_THAT(decisions(*rule, TableOracle({0, 1, 2}), 3, 0.5), ElementsAre(true, false, true));
  const auto higher = make("lasg_wk2", 2.0001);
  EXPECT_THAT(decisions(*higher, TableOracle({0, 1, 2}), 3, 0.5), ElementsAre(true, false, false));
}

TEST(LasgWk2, ThresholdOfCadaIsWithoutGamma) {
  // c = 2, W = 4: after one step of length 1 the threshold is 0.5, whatever gamma is.
  for (const double gamma : {0.01, 1.0, 100.0}) {
    const auto lower = make("cada2", 1.9, 1, "nothing");
    const auto higher = make("cada2", 2.1, 1, "nothing");
    const TableOracle oracle({0, 0.70710678F});
    EXPECT_THAT(decisions(*lower, oracle, 2, gamma), ElementsAre(true, true));
    EXPECT_THAT(decisions(*higher, oracle, 2, gamma), ElementsAre(true, false));
  }
}

TEST(LasgWk2, ASumOfGradientsStepsMTimesAsFar) {
  // M = 3: the threshold of a sum is 1/9 of that of a mean.
  const TableOracle oracle({0, 0.5F});  // squared 0.25; c/(W gamma^2) = 1
  const auto mean = make("lasg_wk2", 1, 3, "step_size", 1, Reduction::mean);
  const auto sum = make("lasg_wk2", 1, 3, "step_size", 1, Reduction::sum);

  EXPECT_THAT(decisions(*mean, oracle, 2), ElementsAre(true, false));
  EXPECT_THAT(decisions(*sum, oracle, 2), ElementsAre(true, true));
}

TEST(LasgWk2, WindowHoldsTheNewestSteps) {
  const auto rule = make("lasg_wk2", 1, 1, "step_size", 2);
  TableOracle oracle({0, 0, 0, 1.5F, 0.5F});
  EXPECT_TRUE(should_send(*rule, version(0, 0), oracle));
  EXPECT_FALSE(should_send(*rule, version(1, 100), oracle));
  EXPECT_FALSE(should_send(*rule, version(2, 4), oracle));
  EXPECT_TRUE(should_send(*rule, version(3, 0), oracle)) << "2.25 against (4 + 0)/2";
  EXPECT_FALSE(should_send(*rule, version(4, 8), oracle)) << "1 against (0 + 8)/2";
}

TEST(LasgWk1, TakesASnapshotOnAClockOfItsOwn) {
  // As the authors count: the first upload leaves tau at 1.
  LasgWk1 rule(newest_step(3));

  EXPECT_THAT(decisions(rule, constant_gradient(), 9),
              ElementsAre(true, false, true, false, false, true, false, false, true));
}

TEST(LasgWk1, ComparesItsDistanceFromTheSnapshotWithThatOfItsLastUpload) {
  LasgWk1 rule(newest_step(10));
  // Distances from the snapshot theta^0: 0.5, 1 (sent), 1.5, -0.1 (sent), ...; at theta^9 the
  // snapshot is taken anew, and the stored distance is 0: 50.95 has changed by 0.95, not by 1.05.
  const TableOracle oracle({0, 0.5F, 1, 1.5F, -0.1F, -0.1F, -0.1F, -0.1F, -0.1F, 50, 50.95F, 51});

  EXPECT_THAT(decisions(rule, oracle, 12), ElementsAre(true, false, true, false, true, false, false,
                                                       false, false, true, false, true));
}

TEST(LasgWk1, EvaluatesTheSnapshotUnlessItMustSend) {
  LasgWk1 rule(newest_step(3));
  TableOracle oracle = constant_gradient();
  std::vector<std::int64_t> references;
  for (int t = 0; t < 7; ++t) {
    const Model reference = rule.reference_model();
    references.push_back(reference ? reference->iteration : -1);
    EXPECT_EQ(rule.auxiliary_gradients(), reference ? 1 : 0);
    should_send(rule, version(t, 1.0), oracle);
  }

  EXPECT_THAT(references, ElementsAre(-1, 0, -1, 2, 2, -1, 5));
}

/// Both rules, each with D_max = 3.
std::vector<std::unique_ptr<SendRule>> both() {
  std::vector<std::unique_ptr<SendRule>> rules;
  rules.push_back(std::make_unique<LasgWk1>(newest_step(3)));
  rules.push_back(std::make_unique<LasgWk2>(newest_step(3)));
  return rules;
}

TEST(StochasticLazy, AnUploadThatIsLostLeavesTheRuleAsAfterASkip) {
  for (const auto& rule : both()) {
    TableOracle oracle({0, 5, 5, 5, 5, 5, 5});
    EXPECT_TRUE(should_send(*rule, version(0, 1), oracle));
    rule->delivered();
    const auto skipping = rule->clone();
    skipping->skip_iteration(version(1, 1), StepSize::same(1));
    EXPECT_TRUE(should_send(*rule, version(1, 1), oracle));
    rule->rollback();

    EXPECT_EQ(rule->state_bytes(), skipping->state_bytes());
    for (int t = 2; t < 7; ++t) {
      EXPECT_EQ(should_send(*rule, version(t, 1), oracle),
                should_send(*skipping, version(t, 1), oracle));
      rule->delivered();
      skipping->delivered();
    }
  }
}

TEST(StochasticLazy, SendsUntilOneUploadHasArrived) {
  for (const auto& rule : both()) {
    TableOracle oracle = constant_gradient();
    rule->skip_iteration(version(0, 1), StepSize::same(1));
    for (int t = 1; t < 4; ++t) {
      EXPECT_FALSE(rule->reference_model());
      EXPECT_TRUE(should_send(*rule, version(t, 1), oracle));
      rule->rollback();
    }
    EXPECT_TRUE(should_send(*rule, version(4, 1), oracle));
    rule->delivered();
    EXPECT_FALSE(should_send(*rule, version(5, 1), oracle));
  }
}

TEST(StochasticLazy, ARestoredRuleDecidesAsTheSavedOne) {
  for (const auto& rule : both()) {
    TableOracle oracle({0, 2, 2.5F, 2, 9, 2, 2.5F, 4, 2, 2});
    for (int t = 0; t < 3; ++t) {
      should_send(*rule, version(t, 1), oracle);
      rule->delivered();
    }
    std::stringstream file;
    {
      SavingArchive archive(file);
      rule->save(archive);
    }
    const auto restored = std::move(both()[dynamic_cast<LasgWk2*>(rule.get()) != nullptr ? 1 : 0]);
    LoadingArchive archive(file);
    restored->load(archive);
    for (int t = 3; t < 10; ++t) {
      EXPECT_EQ(should_send(*restored, version(t, 1), oracle),
                should_send(*rule, version(t, 1), oracle));
    }
  }
}

AlgorithmConfig row(const char* name, double scale, int max_delay) {
  AlgorithmConfig config{.name = name};
  config.set(threshold_scale_parameter, scale).set(max_delay_parameter, max_delay);
  return config;
}

AlgorithmConfig mean_sgd() {
  AlgorithmConfig config{.name = "sgd"};
  config.reduction = Reduction::mean;
  return config;
}

TEST(StochasticLazy, WithoutAThresholdItIsSgd) {
  const Vector sgd = MethodRun(mean_sgd(), 0.02, 0.3).parameters_after(40);
  for (const char* name : {"lasg_wk1", "lasg_wk2"}) {
    EXPECT_EQ(MethodRun(row(name, 0, 1000), 0.02, 0.3).parameters_after(40), sgd) << name;
  }
}

TEST(StochasticLazy, WithADelayOfOneItIsSgd) {
  const Vector sgd = MethodRun(mean_sgd(), 0.02, 0.3).parameters_after(40);
  for (const char* name : {"lasg_wk1", "lasg_wk2"}) {
    EXPECT_EQ(MethodRun(row(name, 1e12, 1), 0.02, 0.3).parameters_after(40), sgd) << name;
  }
}

TEST(StochasticLazy, SkipsAndStillMinimises) {
  for (const char* name : {"lasg_wk1", "lasg_wk2"}) {
    MethodRun run(row(name, 1, 20), 0.1, 0.0);
    int sent = 0;
    for (int t = 0; t < 100; ++t) sent += testing_support::uploads(run.step());
    EXPECT_LT(sent, 400) << name << ", of 500";
    MethodRun sgd(mean_sgd(), 0.1, 0.0);
    EXPECT_LT(squared_distance(run.server.model()->plain(), sgd.parameters_after(100)), 0.1)
        << name;
  }
}

/// LAG-WK's test on full gradients, written out: the stored gradient instead of the stored model.
TEST(LasgWk2, OnOneFixedSampleSetItIsLagWk) {
  constexpr double gamma = 0.1;
  constexpr int max_delay = 15;
  MethodRun run(row("lasg_wk2", 0.5, max_delay), gamma, 0.0);
  std::vector<Vector> stored(run.workers.size());
  std::vector<int> delay(run.workers.size());
  std::vector<double> steps;  // squared, newest last
  int skipped = 0;
  for (int t = 0; t < 80; ++t) {
    const Model theta = run.server.model();
    if (t > 0) steps.push_back(theta->squared_step);
    double movement = 0;
    for (std::size_t j = steps.size() > 10 ? steps.size() - 10 : 0; j < steps.size(); ++j) {
      movement += steps[j];
    }
    const double threshold = 0.5 * movement / (gamma * gamma * 10);
    const auto batches = run.problem.minibatches(t, theta);
    std::vector<bool> expected;
    for (std::size_t m = 0; m < stored.size(); ++m) {
      const auto g = batches->of(static_cast<int>(m)).at(theta);
      const bool sends = stored[m].empty() || ++delay[m] >= max_delay ||
                         squared_distance(g, stored[m]) >= threshold;
      if (sends) stored[m].assign(g.begin(), g.end());
      if (sends) delay[m] = 0;
      expected.push_back(sends);
      skipped += sends ? 0 : 1;
    }
    const std::vector<Message> messages = run.step();
    for (std::size_t m = 0; m < stored.size(); ++m) {
      EXPECT_EQ(!std::holds_alternative<Skip>(messages[m]), expected[m]) << t << " " << m;
    }
  }
  EXPECT_GT(skipped, 20);
  EXPECT_LT(skipped, 380);
}

}  // namespace
}  // namespace gradwire::algorithms::lasg_test
