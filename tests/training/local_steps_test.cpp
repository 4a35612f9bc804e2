#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/kept_values.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/local_steps/update_kind.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/server_steps/adaptive.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/support/least_squares.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::training::local_steps_test {
namespace {

using algorithms::AlgorithmConfig;
using algorithms::StepSize;
using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;
using testing_support::LeastSquares;

constexpr double gamma = 0.05;
const std::vector<std::int64_t> unequal = {4, 6, 8};
const std::vector<std::int64_t> equal = {6, 6, 6};

struct LocalLearning {
  explicit LocalLearning(AlgorithmConfig config, std::vector<std::int64_t> samples = unequal,
                         int threads = 2, std::int64_t local_from = 0)
      : problem(std::move(samples)),
        pool(threads),
        trainer({.algorithm = std::move(config),
                 .workers = problem.workers(),
                 .gamma = [](std::int64_t) { return StepSize::same(gamma); },
                 .may_drop = true,
                 .local_from = local_from},
                problem, pool) {}

  Vector after(int iterations) {
    for (int t = 0; t < iterations; ++t) {
      trainer.next();
      trainer.finish();
    }
    return trainer.model()->plain();
  }

  LeastSquares problem;
  TaskPool pool;
  SynchronousTrainer trainer;
};

AlgorithmConfig row(const char* name, std::int64_t steps = 3) {
  AlgorithmConfig config{.name = name};
  return config.set(algorithms::local_steps_parameter, steps);
}

AlgorithmConfig mean_of_gradients() {
  AlgorithmConfig config{.name = "sgd"};
  config.reduction = algorithms::Reduction::mean;
  return config;
}

Vector after(const AlgorithmConfig& config, int iterations = 6,
             const std::vector<std::int64_t>& samples = equal) {
  return LocalLearning(config, samples).after(iterations);
}

void expect_near(const Vector& found, const std::vector<double>& expected, float most = 2e-6F) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], most) << i;
}

// Golden values: tests/reference/local_steps.py.

TEST(Golden, LocalSgdWithMomentumThatIsKept) {
  AlgorithmConfig config = row("local_sgd");
  config.set(algorithms::momentum_parameter, 0.9).set(algorithms::nesterov_parameter, true);
  config.set(algorithms::weight_decay_parameter, 0.01);
  expect_near(after(config, 3, unequal), {0.590136837, 0.161794533, 0.554786623, 0.153786211});
}

TEST(Golden, FedProxIsWeightedBySamplesAndPassesOverThem) {
  AlgorithmConfig config{.name = "fedprox"};
  config.set(algorithms::local_epochs_parameter, 2).set(algorithms::proximal_parameter, 1.0);
  expect_near(after(config, 3, unequal), {0.237392718, 0.344950157, 0.680459282, 0.584776588});
}

TEST(Golden, FedAdam) {
  AlgorithmConfig config{.name = "fed_adam"};
  config.set(algorithms::global_rate_parameter, 0.1);
  expect_near(after(config, 3, unequal), {0.22898493, 0.193594447, 0.54397627, 0.639183135}, 2e-5F);
}

TEST(Golden, Scaffold) {
  expect_near(after(row("scaffold"), 3, unequal),
              {0.36144771, 0.396761247, 0.731168822, 0.764213945});
}

TEST(Golden, BlockMomentum) {
  expect_near(after(row("block_momentum", 2), 3, unequal),
              {0.400894349, 0.366724292, 0.726729491, 0.686433324});
}

TEST(Golden, DiLoCo) {
  expect_near(after(row("diloco", 2), 3, unequal),
              {0.388860484, 0.373849192, 0.72434287, 0.694439564});
}

TEST(Golden, CserThatKeepsTheLargestHalf) {
  AlgorithmConfig config{.name = "custom", .compress = "top_k", .memory = "error_reset"};
  config.set(algorithms::local_steps_parameter, 2).set(algorithms::density_parameter, 0.5);
  expect_near(after(config, 3, unequal), {0.300028393, 0.429244519, 0.756725312, 0.874654295});
}

class SingleStep : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Rows, SingleStep, testing::Values("local_sgd", "k_avg", "post_local_sgd"));

TEST_P(SingleStep, IsSgdToTheBit) {
  AlgorithmConfig config = row(GetParam(), 1);
  config.set(algorithms::momentum_parameter, 0).set(algorithms::nesterov_parameter, false);
  config.set(algorithms::weight_decay_parameter, 0);
  EXPECT_EQ(after(config), after(mean_of_gradients()));
}

TEST(SingleStep, TakesNoMemory) {
  LocalLearning learning(row("local_sgd", 1));
  learning.after(2);
  EXPECT_EQ(learning.trainer.worker_state_bytes(), Bytes{});
}

TEST(Sasgd, WithGammaOverTheNumberOfLearnersIsLocalSgd) {
  AlgorithmConfig given = row("sasgd");
  given.set(algorithms::global_rate_parameter, gamma / 3);
  const Vector expected = after(row("local_sgd"));
  EXPECT_THAT(after(row("sasgd")), Pointwise(FloatNear(1e-6F), expected));
  EXPECT_THAT(after(given), Pointwise(FloatNear(1e-6F), expected));
  EXPECT_EQ(after(row("k_avg")), expected);
}

TEST(Sasgd, WithOneStepIsSynchronousSgd) {
  EXPECT_THAT(after(row("sasgd", 1)), Pointwise(FloatNear(1e-6F), after(mean_of_gradients())));
}

TEST(Sasgd, ItsOwnRateFallsAsTheLearningRateDoes) {
  AlgorithmConfig config = row("sasgd");
  config.set(algorithms::global_rate_parameter, 0.3);
  StepSize halved = StepSize::same(gamma / 2);
  halved.relative = 0.5;
  EXPECT_DOUBLE_EQ(server_factor(config, halved, 3), 0.15);
  EXPECT_DOUBLE_EQ(server_factor(row("sasgd"), halved, 3), gamma / 2 / 3);
  EXPECT_DOUBLE_EQ(server_factor(row("local_sgd"), halved, 3), 1.0);
}

TEST(SlowMo, IsAMomentumOfSummedGradients) {
  AlgorithmConfig of_models = row("block_momentum");
  of_models.set(algorithms::global_rate_parameter, 0.5);
  AlgorithmConfig slow = row("block_momentum");
  slow.set(algorithms::offer_parameter, "gradients");
  slow.set(algorithms::global_rate_parameter, 0.5 * gamma);
  EXPECT_THAT(after(slow), Pointwise(FloatNear(2e-6F), after(of_models)));
}

AlgorithmConfig grouped(std::int64_t size, std::int64_t inner, std::int64_t outer) {
  AlgorithmConfig config = row("hier_avg", inner);
  config.set(algorithms::group_size_parameter, size);
  return config.set(algorithms::global_steps_parameter, outer);
}

TEST(HierAvg, WithEqualIntervalsOrASingleGroupIsLocalSgd) {
  const Vector expected = after(row("local_sgd"));
  EXPECT_EQ(after(grouped(2, 3, 3)), expected);
  EXPECT_EQ(after(grouped(3, 3, 9)), expected);
}

TEST(HierAvg, GroupsOfOneAreLocalSgdWithTheLongerInterval) {
  EXPECT_THAT(after(grouped(1, 2, 6), 6),
              Pointwise(FloatNear(1e-6F), after(row("local_sgd", 6), 2)));
}

TEST(HierAvg, ItsModelIsTheMeanOfTheGroupsAlsoBetweenAveragesOfAll) {
  // Groups of 2 and 1: the mean over workers, so that the next average of all continues from it.
  const Vector once = after(grouped(2, 2, 4), 1);
  EXPECT_THAT(once, Pointwise(FloatNear(1e-6F), after(row("local_sgd", 2), 1)));
  EXPECT_NE(after(grouped(2, 2, 4), 2), after(row("local_sgd", 2), 2));
}

TEST(FedProx, WithoutItsTermIsFedAvg) {
  AlgorithmConfig prox{.name = "fedprox"};
  prox.set(algorithms::proximal_parameter, 0).set(algorithms::local_epochs_parameter, 1);
  EXPECT_EQ(after(prox, 4, unequal), after({.name = "fedavg"}, 4, unequal));
}

TEST(FedAvg, WithEqualShardsTakesThePlainMean) {
  AlgorithmConfig plain{.name = "fedavg"};
  plain.reduction = algorithms::Reduction::mean;
  EXPECT_EQ(after({.name = "fedavg"}), after(plain));
  EXPECT_NE(after({.name = "fedavg"}, 4, unequal), after(plain, 4, unequal));
}

TEST(Qsparse, ThatKeepsAllExactlyIsLocalSgd) {
  AlgorithmConfig all = row("qsparse");
  all.set(algorithms::density_parameter, 1.0).set(algorithms::kept_values_parameter, "exact");
  EXPECT_THAT(after(all), Pointwise(FloatNear(1e-6F), after(row("local_sgd"))));
}

TEST(DiLoCo, WithoutOuterMomentumAndWithRateOneIsLocalSgd) {
  AlgorithmConfig plain = row("diloco");
  plain.set(algorithms::momentum_parameter, 0).set(algorithms::nesterov_parameter, false);
  plain.set(algorithms::global_rate_parameter, 1);
  EXPECT_EQ(after(plain), after(row("local_sgd")));
}

TEST(Cser, ThatSendsAllIsLocalSgd) {
  AlgorithmConfig all = row("cser");
  all.set(algorithms::density_parameter, 1.0);
  EXPECT_THAT(after(all), Pointwise(FloatNear(1e-6F), after(row("local_sgd"))));
}

TEST(Cser, WithASingleStepComputesGradientsAtTheWorkersOwnModels) {
  AlgorithmConfig reset{.name = "custom", .compress = "top_k", .memory = "error_reset"};
  reset.set(algorithms::density_parameter, 0.5);
  AlgorithmConfig feedback = reset;
  feedback.memory = "error_feedback";
  EXPECT_THAT(after(reset, 1), Pointwise(FloatNear(1e-6F), after(feedback, 1)));  // no error yet
  EXPECT_THAT(after(reset, 2), testing::Not(Pointwise(FloatNear(1e-4F), after(feedback, 2))));
}

TEST(Iteration, CountsTheGradientsAndSamplesOfAllSteps) {
  AlgorithmConfig epochs{.name = "fedavg"};
  epochs.set(algorithms::local_epochs_parameter, 2);
  LocalLearning learning(epochs);
  const IterationWork& work = learning.trainer.next();
  std::vector<double> gradients;
  for (const Part& part : work.exchanges.front().parts) gradients.push_back(part.gradients);
  EXPECT_THAT(gradients, ElementsAre(4, 6, 8)) << "two passes of 2, 3 and 4 minibatches";
  EXPECT_EQ(work.train.samples, 36);
  learning.trainer.finish();
  EXPECT_THAT(learning.problem.completed_steps(), ElementsAre(4, 6, 8));
}

TEST(Iteration, ControlVariatesDoubleTheMessagesBothWays) {
  LocalLearning learning(row("scaffold"));
  const Exchange& exchange = learning.trainer.next().exchanges.front();
  constexpr Bits both{2 * 32 * static_cast<std::int64_t>(LeastSquares::d)};
  EXPECT_EQ(exchange.downloads.front().payload, both);
  for (const Part& part : exchange.parts) EXPECT_EQ(part.upload.payload, both);
}

TEST(PostLocal, MakesSeveralStepsFromTheFirstDecayOn) {
  LocalLearning learning(row("post_local_sgd", 4), equal, 2, 2);
  for (const double expected : {1.0, 1.0, 4.0, 4.0}) {
    EXPECT_EQ(learning.trainer.next().exchanges.front().parts[1].gradients, expected);
    learning.trainer.finish();
  }
  EXPECT_THAT(learning.problem.completed_steps(), Each(10));
}

AlgorithmConfig sampled(AlgorithmConfig config, double share) {
  return config.set(algorithms::participation_parameter, share);
}

TEST(Sampling, OfAllWorkersIsNone) {
  EXPECT_EQ(after(sampled({.name = "fedavg"}, 0.9), 5, unequal),  // round(2.7) of 3
            after({.name = "fedavg"}, 5, unequal));
}

TEST(Sampling, OthersReceiveAndComputeNothingAndKeepTheirPlaceInTheirSamples) {
  LocalLearning learning(sampled(row("local_sgd", 2), 0.6));
  std::vector<std::int64_t> steps(3);
  for (int t = 0; t < 10; ++t) {
    const auto chosen = algorithms::sampled_workers(1, t, 3, 2);
    const auto& parts = learning.trainer.next().exchanges.front().parts;
    for (std::size_t m = 0; m < parts.size(); ++m) {
      EXPECT_EQ(parts[m].takes_part, chosen[m]);
      EXPECT_EQ(parts[m].gradients, chosen[m] ? 2 : 0);
      steps[m] += chosen[m] ? 2 : 0;
    }
    learning.trainer.finish();
  }
  EXPECT_EQ(learning.problem.completed_steps(), steps);
}

TEST(Sampling, OfPlainSgdTakesTheMeanOfThoseWhoTakePart) {
  LocalLearning learning(sampled(mean_of_gradients(), 0.3));
  const std::vector<bool> chosen = algorithms::sampled_workers(1, 0, 3, 1);
  const int who = static_cast<int>(std::ranges::find(chosen, true) - chosen.begin());
  const Model theta = learning.trainer.model();
  Vector expected = theta->plain();
  const auto minibatch = learning.problem.minibatch(who, 0, theta);
  add_scaled(-static_cast<float>(gamma), minibatch->at(theta), expected);
  EXPECT_THAT(learning.after(1), Pointwise(FloatNear(1e-6F), expected));
}

// More are drawn than needed, and the late ones are left out.
TEST(Sampling, ThoseWhoComeTooLateDoNotCountInTheWeightedMean) {
  AlgorithmConfig config{.name = "fedavg"};
  LocalLearning learning(sampled(config, 0.6));
  const std::vector<bool> chosen = algorithms::sampled_workers(1, 0, 3, 2);
  Dropped late(3);
  for (std::size_t m = 0; m < 3; ++m) late[m] = !chosen[m];
  const auto first = static_cast<std::size_t>(std::ranges::find(chosen, true) - chosen.begin());
  late[first] = true;
  const auto last = static_cast<int>(std::ranges::find(late, false) - late.begin());
  Vector x = learning.trainer.model()->plain();
  for (int step = 0; step < unequal[static_cast<std::size_t>(last)] / 2; ++step) {
    const auto own = std::make_shared<const ModelVersion>(0, x);
    const auto minibatch = learning.problem.minibatch(last, step, own);
    add_scaled(-static_cast<float>(gamma), minibatch->at(own), x);
  }
  learning.trainer.next();
  learning.trainer.finish(late);
  EXPECT_THAT(learning.trainer.model()->plain(), Pointwise(FloatNear(1e-6F), x));
}

class EachLocalMethod : public testing::TestWithParam<const char*> {
 protected:
  static AlgorithmConfig config() {
    AlgorithmConfig config = row(GetParam(), 2);
    if (std::string_view(GetParam()) == "hier_avg") {
      return config.set(algorithms::global_steps_parameter, 6);
    }
    return sampled(config, 0.6);
  }
};
INSTANTIATE_TEST_SUITE_P(Methods, EachLocalMethod,
                         testing::Values("local_sgd", "post_local_sgd", "sasgd", "hier_avg",
                                         "block_momentum", "diloco", "fedavg", "fedprox",
                                         "fed_adam", "fed_yogi", "qsparse", "cser", "scaffold"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(EachLocalMethod, LearnsTheSameWithAnyNumberOfThreads) {
  EXPECT_EQ(LocalLearning(config(), unequal, 1).after(10),
            LocalLearning(config(), unequal, 4).after(10));
}

TEST_P(EachLocalMethod, ResumesWhereItStopped) {
  LocalLearning whole(config());
  whole.after(5);
  std::stringstream state;
  whole.trainer.save(state);
  LocalLearning resumed(config());
  resumed.trainer.load(state);
  EXPECT_EQ(resumed.after(5), whole.after(5));
}

TEST(Momentum, OfLocalStepsIsResumed) {
  AlgorithmConfig config = sampled(row("local_sgd"), 0.6);
  config.set(algorithms::momentum_parameter, 0.9);
  LocalLearning whole(config);
  whole.after(3);
  std::stringstream state;
  whole.trainer.save(state);
  LocalLearning resumed(config);
  resumed.trainer.load(state);
  EXPECT_EQ(resumed.after(3), whole.after(3));
}

}  // namespace
}  // namespace gradwire::training::local_steps_test
