// Properties of LAG (arXiv 1805.09965) and LASG-PSE in whole iterations.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "sim/algorithms/send_rules/lag_ps.hpp"
#include "sim/algorithms/send_rules/lag_wk.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/support/bowls.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::training::lag_test {
namespace {

using algorithms::AlgorithmConfig;
using algorithms::StepSize;
using testing_support::Bowls;

AlgorithmConfig rule(const std::string& send) {
  AlgorithmConfig config{.name = "custom", .send = send};
  config.reduction = algorithms::Reduction::sum;
  return config;
}

AlgorithmConfig rule(const std::string& send, double threshold_scale) {
  AlgorithmConfig config = rule(send);
  config.set(algorithms::threshold_scale_parameter, threshold_scale);
  return config;
}

/// A problem learned with 1/L, its learner, and what it did.
struct Learning {
  Learning(const AlgorithmConfig& algorithm, Problem& problem)
      : pool(2),
        learner({.algorithm = algorithm,
                 .workers = problem.workers(),
                 .gamma = [gamma = 1 / problem.smoothness().value_or(50.0)](
                              std::int64_t) { return StepSize::same(gamma); }},
                problem, pool) {}

  void learn(int iterations) {
    for (int t = 0; t < iterations; ++t) {
      parts.push_back(learner.next().exchanges.front().parts);
      learner.finish();
    }
  }
  [[nodiscard]] std::int64_t uploads(std::size_t begin, std::size_t end) const {
    std::int64_t count = 0;
    for (std::size_t t = begin; t < end; ++t) {
      for (const Part& part : parts[t]) count += part.takes_part && !part.skipped ? 1 : 0;
    }
    return count;
  }
  [[nodiscard]] std::int64_t uploads_of(std::size_t worker) const {
    std::int64_t count = 0;
    for (const auto& each : parts) count += each[worker].takes_part && !each[worker].skipped;
    return count;
  }

  TaskPool pool;
  SynchronousTrainer learner;
  std::vector<std::vector<Part>> parts;  ///< of each iteration, [M]
};

using Case = std::tuple<std::string, double>;  // send rule, threshold scale
class NoThreshold : public testing::TestWithParam<Case> {};

TEST_P(NoThreshold, IsGradientDescentToTheBit) {
  const auto& [send, scale] = GetParam();
  Bowls problem({.workers = 5, .d = 200});
  Learning lag(rule(send, scale), problem), descent(rule("always"), problem);
  for (int t = 0; t < 60; ++t) {
    lag.learn(1);
    descent.learn(1);
    ASSERT_EQ(lag.learner.model()->plain(), descent.learner.model()->plain()) << t;
  }
  EXPECT_EQ(lag.uploads(0, 20), 5 * 20);
}

INSTANTIATE_TEST_SUITE_P(LagAndLasg, NoThreshold,
                         testing::Combine(testing::Values("lag_wk", "lag_ps", "lasg_ps"),
                                          testing::Values(0.0, -1.0)),
                         [](const auto& test) {
                           return std::get<0>(test.param) +
                                  (std::get<1>(test.param) < 0 ? "_negative" : "_zero");
                         });

class EveryRule : public testing::TestWithParam<std::string> {};

TEST_P(EveryRule, WithADelayOfOneIsGradientDescentToTheBit) {
  testing_support::Quadratic problem(4, testing_support::two_tensors(200), 3, 0.3);
  AlgorithmConfig config = rule(GetParam(), 1e12);
  config.set(algorithms::max_delay_parameter, 1);
  Learning lag(config, problem), descent(rule("always"), problem);
  lag.learn(40);
  descent.learn(40);

  EXPECT_EQ(lag.learner.model()->plain(), descent.learner.model()->plain());
}

TEST_P(EveryRule, SendsTheLessTheLessAWorkersGradientVaries) {
  Bowls problem({.workers = 5, .d = 50, .factor = 3.0});
  Learning lag(rule(GetParam()), problem);
  lag.learn(60);  // later ones move the model by little more than its rounding

  for (std::size_t m = 1; m < 5; ++m) EXPECT_LE(lag.uploads_of(m - 1), lag.uploads_of(m)) << m;
  EXPECT_LT(lag.uploads_of(0), lag.uploads_of(4));
}

TEST_P(EveryRule, UploadsFallWithTheIterations) {
  Bowls problem({.workers = 5, .d = 50, .factor = 3.0});
  Learning lag(rule(GetParam()), problem);
  lag.learn(100);

  EXPECT_EQ(lag.uploads(0, 1), 5) << "all workers in the first iteration";
  EXPECT_LT(lag.uploads(10, 20), lag.uploads(0, 10));
  EXPECT_LT(lag.uploads(0, 100), 5 * 100 / 2);
}

TEST_P(EveryRule, GivesTheSameBitsForAnyNumberOfThreads) {
  Bowls problem({.workers = 5, .d = 50, .factor = 3.0});
  Learning lag(rule(GetParam()), problem);
  lag.learn(50);
  TaskPool one(1);
  SynchronousTrainer alone({.algorithm = rule(GetParam()),
                            .workers = 5,
                            .gamma = [gamma = 1 / *problem.smoothness()](
                                         std::int64_t) { return StepSize::same(gamma); }},
                           problem, one);
  for (int t = 0; t < 50; ++t) {
    alone.next();
    alone.finish();
  }
  EXPECT_EQ(alone.model()->plain(), lag.learner.model()->plain());
}

INSTANTIATE_TEST_SUITE_P(LagAndLasg, EveryRule, testing::Values("lag_wk", "lag_ps", "lasg_ps"),
                         [](const auto& test) { return test.param; });

class EverySeed : public testing::TestWithParam<std::uint64_t> {};

/// At equal weights and equal state: L_m bounds the change of the gradient.
TEST_P(EverySeed, AnUploadOfLagWkIsARequestOfLagPs) {
  constexpr int workers = 5;
  Bowls problem({.workers = workers, .d = 20, .factor = 2.0, .seed = GetParam()});
  const double gamma = 1 / *problem.smoothness();
  const algorithms::Movement::Config movement{.scale = 1, .window = 10, .total_weight = workers};
  algorithms::LagPs server({.smoothness = problem.worker_smoothness(), .movement = movement});
  std::vector<algorithms::LagWk> rules(workers, algorithms::LagWk({.movement = movement}));
  auto model = std::make_shared<const ModelVersion>(0, problem.initial_parameters());
  std::vector<Vector> newest(workers);
  int uploads = 0, requests = 0;
  for (std::int64_t t = 0; t < 60; ++t) {  // while changes exceed the gradients' rounding
    const auto batches = problem.minibatches(t, model);
    const std::vector<bool> requested = server.choose(model, StepSize::same(gamma));
    algorithms::Proposal none([]() -> algorithms::Message { return algorithms::Skip{}; },
                              [] { return 0.0; });
    for (int m = 0; m < workers; ++m) {
      const auto index = static_cast<std::size_t>(m);
      const bool sends =
          rules[index].should_send({model, StepSize::same(gamma), batches->of(m), none});
      uploads += sends ? 1 : 0;
      requests += requested[index] ? 1 : 0;
      EXPECT_TRUE(requested[index] || !sends) << "iteration " << t << ", worker " << m;
      if (!sends) continue;
      server.received(m, algorithms::Skip{}, algorithms::Skip{});  // the same state in both
      const auto g = batches->of(m).at(model);
      newest[index] = {g.begin(), g.end()};
    }
    Vector next = model->plain();
    for (const Vector& g : newest) add_scaled(static_cast<float>(-gamma), g, next);
    const double moved = squared_distance(next, model->parameters());
    model = std::make_shared<const ModelVersion>(t + 1, next, moved);
  }
  EXPECT_GT(uploads, workers);
  EXPECT_LT(uploads, requests);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EverySeed, testing::Range<std::uint64_t>(1, 11));

TEST(LagPs, AModelMovesOnWithoutAnyUpload) {
  Bowls problem({});
  Learning lag(rule("lag_ps", 1e12), problem);
  lag.learn(3);
  const Vector before = lag.learner.model()->plain();
  const IterationWork& work = lag.learner.next();
  for (const Part& part : work.exchanges.front().parts) {
    EXPECT_FALSE(part.takes_part);
    EXPECT_FALSE(part.skipped);
    EXPECT_EQ(part.gradients, 0);
    EXPECT_EQ(part.upload, Transmission{});
  }
  EXPECT_EQ(work.train.samples, 0);
  lag.learner.finish();

  EXPECT_NE(lag.learner.model()->plain(), before) << "the stored gradients count again";
  EXPECT_EQ(lag.learner.model()->iteration, 4);
}

TEST(LagPs, TheServersStateIncludesTheModelsOfTheContributions) {
  Bowls problem({.workers = 3, .d = 20});
  Learning lag(rule("lag_ps", 1e12), problem);
  lag.learn(2);

  // Three contributions and one model of 20 entries, and one squared step.
  EXPECT_EQ(lag.learner.server_state_bytes(), Bytes{(3 + 1) * 20 * 4 + 8});
  EXPECT_EQ(lag.learner.worker_state_bytes(), Bytes{0});
}

}  // namespace
}  // namespace gradwire::training::lag_test
