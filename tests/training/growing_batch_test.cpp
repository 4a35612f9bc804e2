#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/send_rules/censored.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::training::growing_batch_test {
namespace {

using algorithms::AlgorithmConfig;
using algorithms::StepSize;
using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int team = 3;
constexpr double growth = 1.3;
constexpr int cap = 20;

/// Records the minibatches that are complete.
class Recording final : public Quadratic {
 public:
  Recording() : Quadratic(team, two_tensors(100), 7, 0.2) {}
  void completed(int worker, std::int64_t step) override { complete.emplace_back(worker, step); }
  std::vector<std::pair<int, std::int64_t>> complete;
};

AlgorithmConfig csgd(double threshold) {
  AlgorithmConfig config{.name = "csgd"};
  config.set(algorithms::batch_growth_parameter, growth)
      .set(algorithms::batch_cap_parameter, cap)
      .set(algorithms::threshold_scale_parameter, threshold)
      .set(algorithms::threshold_offset_parameter, threshold);
  return config;
}

struct GrowingBatch : testing::Test {
  Recording problem;
  TaskPool pool = TaskPool(2);

  SynchronousTrainer trainer(const AlgorithmConfig& config) {
    return {{.algorithm = config,
             .workers = team,
             .gamma = [](std::int64_t) { return StepSize::same(0.1); },
             .may_drop = true},
            problem,
            pool};
  }
};

TEST_F(GrowingBatch, DrawsAsManySamplesAsStated) {
  SynchronousTrainer learner = trainer(csgd(0.5));
  std::int64_t drawn = 0;
  double exact = 0;
  for (int t = 0; t < 15; ++t) {
    const IterationWork& work = learner.next();
    const auto size = static_cast<int>(std::min(2 * std::pow(growth, t), 1.0 * cap));
    EXPECT_EQ(work.train.samples, team * size);
    for (const Part& part : work.exchanges.front().parts) EXPECT_EQ(part.gradients, size / 2.0);
    drawn += work.train.samples;
    exact += std::floor(std::min(2 * std::pow(growth, t), 1.0 * cap));
    learner.finish();
  }

  EXPECT_EQ(drawn, team * static_cast<std::int64_t>(exact));
}

TEST_F(GrowingBatch, MinibatchesAreCompletedInTheOrderOfTheIterations) {
  SynchronousTrainer learner = trainer(csgd(0.5));
  for (int t = 0; t < 2; ++t) {
    learner.next();
    learner.finish();
  }

  const std::vector<std::pair<int, std::int64_t>> expected{{0, 1}, {1, 1}, {2, 1},
                                                           {0, 2}, {1, 2}, {2, 2}};
  EXPECT_EQ(problem.complete, expected);
}

TEST_F(GrowingBatch, OneThatDoesNotGrowIsSgdWithoutAThreshold) {
  AlgorithmConfig constant = csgd(0);
  constant.set(algorithms::batch_growth_parameter, 1.0);
  AlgorithmConfig sgd{.name = "sgd"};
  sgd.reduction = algorithms::Reduction::mean;
  SynchronousTrainer censored = trainer(constant);
  SynchronousTrainer plain = trainer(sgd);
  for (int t = 0; t < 10; ++t) {
    for (SynchronousTrainer* learner : {&censored, &plain}) {
      learner->next();
      learner->finish();
    }
  }

  EXPECT_EQ(censored.model()->plain(), plain.model()->plain());
}

TEST_F(GrowingBatch, DroppedWorkersDrawNothingThatCounts) {
  SynchronousTrainer learner = trainer(csgd(0.5));
  EXPECT_EQ(learner.next({false, true, false}).train.samples, 4);
  learner.finish({false, true, true});

  EXPECT_EQ(learner.work().train.samples, 2);
}

TEST_F(GrowingBatch, AResumedRunContinuesWithItsMinibatches) {
  SynchronousTrainer learner = trainer(csgd(0.5));
  for (int t = 0; t < 5; ++t) {
    learner.next();
    learner.finish();
  }
  std::stringstream state;
  learner.save(state);
  SynchronousTrainer resumed = trainer(csgd(0.5));
  resumed.load(state);
  for (int t = 0; t < 5; ++t) {
    EXPECT_EQ(resumed.next().exchanges, learner.next().exchanges);
    EXPECT_EQ(resumed.work().train.samples, learner.work().train.samples);
    resumed.finish();
    learner.finish();
  }

  EXPECT_EQ(resumed.model()->plain(), learner.model()->plain());
}

}  // namespace
}  // namespace gradwire::training::growing_batch_test
