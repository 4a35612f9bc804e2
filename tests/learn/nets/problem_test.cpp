#include "sim/learn/nets/problem.hpp"

#include <cmath>

#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::nets_problem_test {
namespace {

constexpr int workers = 3;

NetProblem::Config config(BatchNormStatistics norms = BatchNormStatistics::shared) {
  NetProblem::Config c;
  c.model.name = ModelKind::resnet18;
  c.model.width = 4;
  c.model.batch_norm = norms;
  c.workers = workers;
  c.batch_size = 5;
  return c;
}

TEST(NetProblem, GradientDoesNotDependOnWhoAsksFirst) {
  NetProblem one(small_photographs(), config(), 1);
  NetProblem other(small_photographs(), config(), 1);
  const Model theta = model_of(one.initial_parameters());
  const auto forwards = one.minibatches(0, theta);
  const auto backwards = other.minibatches(0, theta);
  const auto last_first = copy(backwards->of(2).at(theta));
  const auto first = copy(forwards->of(0).at(theta));

  EXPECT_EQ(copy(forwards->of(2).at(theta)), last_first);
  EXPECT_EQ(copy(backwards->of(0).at(theta)), first);
}

TEST(NetProblem, SquaredDistanceIsOfTheTwoGradientsOnTheSameSamples) {
  NetProblem problem(small_photographs(), config(), 1);
  const Model a = model_of(problem.initial_parameters());
  const Model b = moved(a, 0.01, 3);
  const auto minibatches = problem.minibatches(0, a);
  GradientOracle& oracle = minibatches->of(1);

  const double distance = oracle.squared_distance(a, b);

  const auto at_b = copy(oracle.at(b));
  EXPECT_EQ(distance, squared_distance(oracle.at(a), at_b));
  EXPECT_GT(distance, 0.0);
  EXPECT_EQ(oracle.squared_distance(a, a), 0.0);
}

TEST(NetProblem, RunningStatisticsMoveOnceAWorkerWhetherItSendsOrNot) {
  NetProblem asked_for_gradient(small_photographs(), config(), 1);
  NetProblem asked_for_distance(small_photographs(), config(), 1);
  const Model theta = model_of(asked_for_gradient.initial_parameters());
  const Model stale = moved(theta, 0.01, 3);
  const double before = asked_for_gradient.evaluate(theta).loss;
  {
    const auto minibatches = asked_for_gradient.minibatches(0, theta);
    for (int m = 0; m < workers; ++m) minibatches->of(m).at(theta);
  }
  {
    const auto minibatches = asked_for_distance.minibatches(0, theta);
    for (int m = workers; m-- > 0;) minibatches->of(m).squared_distance(theta, stale);
    for (int m = 0; m < workers; ++m) minibatches->of(m).at(theta);
  }

  const double after = asked_for_gradient.evaluate(theta).loss;

  EXPECT_NE(after, before);
  EXPECT_EQ(asked_for_distance.evaluate(theta).loss, after);
  EXPECT_EQ(asked_for_gradient.evaluate(theta).loss, after);  // evaluation updates nothing
}

TEST(NetProblem, StatisticsAWorkerAreTestedOnItsShareOfTheTestSet) {
  NetProblem shared(small_photographs(), config(), 1);
  NetProblem apart(small_photographs(), config(BatchNormStatistics::per_worker), 1);
  const Model theta = model_of(shared.initial_parameters());

  EXPECT_NEAR(apart.evaluate(theta).loss, shared.evaluate(theta).loss, 1e-6);  // initial values
  for (NetProblem* problem : {&shared, &apart}) {
    const auto minibatches = problem->minibatches(0, theta);
    for (int m = 0; m < workers; ++m) minibatches->of(m).at(theta);
  }
  EXPECT_NE(apart.evaluate(theta).loss, shared.evaluate(theta).loss);
}

TEST(NetProblem, StatisticsOfABatchAreThoseOfItsGradientsPass) {
  NetProblem problem(small_photographs(), config(), 1);
  const Model theta = model_of(problem.initial_parameters());
  const auto minibatches = problem.minibatches(0, theta);

  EXPECT_EQ(minibatches->statistics(0).samples, 0);
  minibatches->of(0).at(theta);
  minibatches->finished(0);

  EXPECT_EQ(minibatches->statistics(0).samples, 5);
  EXPECT_NEAR(minibatches->statistics(0).loss / 5, std::log(4.0), 1.0);
}

TEST(NetProblem, EpochsAreAugmentedAnew) {
  NetProblem augmented(small_photographs(true), config(), 1);
  NetProblem plain(small_photographs(false), config(), 1);
  const Model theta = model_of(plain.initial_parameters());

  const auto a = copy(augmented.minibatches(0, theta)->of(0).at(theta));
  const auto b = copy(plain.minibatches(0, theta)->of(0).at(theta));

  EXPECT_NE(a, b);
  NetProblem again(small_photographs(true), config(), 1);
  EXPECT_EQ(copy(again.minibatches(0, theta)->of(0).at(theta)), a);
}

TEST(NetProblem, TwoSourcesAreEvaluatedApart) {
  Dataset data = small_photographs(false);
  data.test = SampleSet(
      {data.test, SampleSet(noise(20, 5), {.name = "other",
                                           .tables = std::vector(3, std::array<float, 256>{}),
                                           .augmentation = {}})});
  NetProblem problem(data, config(), 1);

  const Evaluation result = problem.evaluate(model_of(problem.initial_parameters()));

  ASSERT_EQ(result.sources.size(), 2U);
  EXPECT_EQ(result.sources[1].source, "other");
  EXPECT_NEAR(result.accuracy.value(),
              (40 * result.sources[0].accuracy + 20 * result.sources[1].accuracy) / 60, 1e-12);
}

TEST(NetProblem, IsEvaluatedInPartsOfAnyOrder) {
  NetProblem problem(small_photographs(), config(BatchNormStatistics::per_worker), 1);
  const Model theta = model_of(problem.initial_parameters());

  const Evaluation backwards = problem.evaluate(theta, run_in_reverse);

  EXPECT_EQ(backwards.loss, problem.evaluate(theta).loss);
  EXPECT_EQ(backwards.accuracy, problem.evaluate(theta).accuracy);
}

}  // namespace
}  // namespace gradwire::learn::nets_problem_test
