// Problem::minibatch(): one worker's minibatch at its own model, for every kind of gradient.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/make_problem.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::minibatch_test {
namespace {

constexpr int workers = 3;
constexpr int batch_size = 5;

/// kernels: MlpProblem; autograd and resnet18: NetProblem, the latter with augmentation and batch
/// norm.
std::unique_ptr<Problem> problem_of(const std::string& kind,
                                    BatchNormStatistics batch_norm = BatchNormStatistics::shared) {
  ProblemConfig config;
  config.workers = workers;
  config.batch_size = batch_size;
  config.model.hidden = {16};
  config.model.width = 4;
  config.model.batch_norm = batch_norm;
  if (kind == "resnet18") config.model.name = ModelKind::resnet18;
  if (kind == "autograd") config.model.gradient = GradientImplementation::libtorch;
  const bool images = kind == "resnet18";
  // Two or three minibatches per worker and epoch, and samples left over.
  Dataset data = images ? small_photographs(true, 52) : small_dataset(52);
  return make_problem(config, 1, std::move(data));
}

/// What a minibatch returns at its own model and at another one.
struct Answer {
  Answer(GradientOracle& oracle, const Model& own, const Model& other)
      : at_own(copy(oracle.at(own))),
        at_other(copy(oracle.at(other))),
        scaled(own->size()),
        distance(oracle.squared_distance(own, other)) {
    oracle.write_scaled(0.1F, own, scaled);
  }
  friend bool operator==(const Answer&, const Answer&) = default;

  std::vector<float> at_own;
  std::vector<float> at_other;
  Vector scaled;
  double distance;
};

void expect_equal(const BatchStatistics& a, const BatchStatistics& b) {
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_EQ(a.correct, b.correct);
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.correct_top5, b.correct_top5);
}

/// The worker's model after `steps` steps of gradient descent on its own minibatches, the first of
/// which has one sample and each following one sample more.
Vector local_steps(Problem& problem, int worker, int steps) {
  Model own = initial(problem);
  BatchRange range;
  for (int i = 0; i < steps; ++i, range = range.next(range.size + 1)) {
    Vector next = own->plain();
    const auto minibatch = problem.minibatch(worker, range, own);
    add_scaled(-0.05F, minibatch->at(own), next);
    EXPECT_EQ(minibatch->statistics().samples, range.size);
    own = model_of(std::move(next), i + 1);
  }
  return own->plain();
}

class EveryProblem : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Problem> problem = problem_of(GetParam());
  Model theta = initial(*problem);
};

TEST_P(EveryProblem, AMinibatchHasTheBitsOfTheGroupedPass) {
  const Model other = moved(theta, 0.05);
  ASSERT_EQ(problem->workers(), workers);
  ASSERT_EQ(problem->batch_size(0), batch_size);

  for (const std::int64_t t : {0, 1, 2, 3, 10}) {
    const auto grouped = problem->minibatches(t, theta);
    for (int m = 0; m < workers; ++m) {
      const auto alone = problem->minibatch(m, t, theta);
      EXPECT_EQ(Answer(*alone, theta, other), Answer(grouped->of(m), theta, other))
          << t << ' ' << m;
      expect_equal(alone->statistics(), grouped->statistics(m));
    }
  }
}

TEST_P(EveryProblem, StatisticsAreThoseOfTheOwnModel) {
  const Model other = moved(theta, 0.5);
  const auto minibatch = problem->minibatch(1, 4, theta);
  const auto at_other = problem->minibatch(1, 4, other);

  static_cast<void>(minibatch->at(other));
  EXPECT_EQ(minibatch->statistics().samples, 0);
  static_cast<void>(minibatch->at(theta));
  const BatchStatistics statistics = minibatch->statistics();
  static_cast<void>(minibatch->at(other));
  static_cast<void>(at_other->at(other));

  EXPECT_EQ(statistics.samples, batch_size);
  expect_equal(minibatch->statistics(), statistics);
  EXPECT_NE(at_other->statistics().loss, statistics.loss);
}

TEST_P(EveryProblem, WorkersMayBeAtDifferentStepsAndModelsInAnyOrder) {
  const std::vector<std::int64_t> steps = {0, 7, 40};  // three different epochs
  std::vector<Model> own;
  for (std::uint64_t m = 0; m < workers; ++m) own.push_back(moved(theta, 0.1, m));
  std::vector<std::unique_ptr<Minibatch>> open;
  for (std::size_t m = 0; m < workers; ++m) {
    open.push_back(problem->minibatch(static_cast<int>(m), steps[m], own[m]));
  }

  for (std::size_t m = workers; m-- > 0;) {
    const Answer together(*open[m], own[m], theta);
    const auto fresh = problem_of(GetParam());
    const auto alone = fresh->minibatch(static_cast<int>(m), steps[m], own[m]);
    EXPECT_EQ(together, Answer(*alone, own[m], theta));
    expect_equal(open[m]->statistics(), alone->statistics());
  }
}

TEST_P(EveryProblem, WorkersMayRunConcurrently) {
  constexpr int steps = 8;
  std::vector<Vector> together(workers);
  {
    std::vector<std::jthread> threads;
    for (int m = 0; m < workers; ++m) {
      threads.emplace_back(
          [&, m] { together[static_cast<std::size_t>(m)] = local_steps(*problem, m, steps); });
    }
  }

  const auto alone = problem_of(GetParam());
  for (int m = workers; m-- > 0;) {
    EXPECT_EQ(together[static_cast<std::size_t>(m)], local_steps(*alone, m, steps)) << m;
  }
}

TEST_P(EveryProblem, RefusesAMinibatchWithoutSamples) {
  EXPECT_THROW(static_cast<void>(problem->minibatch(0, BatchRange{0, 0, 0}, theta)),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(problem->minibatch(0, -1, theta)), std::logic_error);
}

TEST_P(EveryProblem, AModelWhoseParametersWereTakenIsNotReadByMistake) {
  const auto old = std::make_shared<ModelVersion>(*theta);
  const auto minibatch = problem->minibatch(0, 0, theta);
  const auto kept = problem->kept(old);
  static_cast<void>(old->take_parameters(kept));

  if (kept) {
    EXPECT_EQ(copy(minibatch->at(old)), copy(minibatch->at(theta)));
  } else {
    EXPECT_THROW(static_cast<void>(minibatch->at(old)), std::logic_error);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryProblem, testing::Values("kernels", "autograd", "resnet18"),
                         [](const auto& kind) { return kind.param; });

/// Without batch norm and augmentation, the mean gradient of several minibatches is that of one
/// with all their samples.
class SeparableProblem : public EveryProblem {};

TEST_P(SeparableProblem, AMinibatchOfAnySizeIsTheMeanOverTheSamplesThatFollow) {
  const int per_epoch = static_cast<int>(problem->iterations_per_epoch()) * batch_size;
  for (const BatchRange range : {BatchRange{0, 0, 1}, BatchRange{1, 1, 7},
                                 BatchRange{5, per_epoch - 2, 4},  // reaches the epoch's end
                                 BatchRange{6, 3, 2 * per_epoch}}) {
    Vector mean(theta->size(), 0.0F);
    BatchStatistics sum;
    for (int i = 0; i < range.size; ++i) {
      const auto one = problem->minibatch(2, {range.step, range.first + i, 1}, theta);
      add_scaled(1.0F / static_cast<float>(range.size), one->at(theta), mean);
      sum += one->statistics();
    }

    const auto minibatch = problem->minibatch(2, range, theta);
    const auto g = minibatch->at(theta);

    for (std::size_t i = 0; i < mean.size(); ++i) ASSERT_NEAR(g[i], mean[i], 1e-6) << range.size;
    EXPECT_NEAR(minibatch->statistics().loss, sum.loss, 1e-5 * sum.loss);
    EXPECT_EQ(minibatch->statistics().correct, sum.correct);
    EXPECT_EQ(minibatch->statistics().samples, range.size);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, SeparableProblem, testing::Values("kernels", "autograd"),
                         [](const auto& kind) { return kind.param; });

// Batch norm: what an evaluation shows of the running statistics.

TEST(BatchNorm, CompletedMinibatchesMoveTheRunningStatisticsLikeTheGroupedPass) {
  for (const auto norms : {BatchNormStatistics::shared, BatchNormStatistics::per_worker}) {
    const auto grouped = problem_of("resnet18", norms);
    const auto separate = problem_of("resnet18", norms);
    const Model theta = initial(*grouped);
    const double before = separate->evaluate(theta).loss;
    for (std::int64_t t = 0; t < 3; ++t) {
      const auto minibatches = grouped->minibatches(t, theta);
      for (int m = 0; m < workers; ++m) static_cast<void>(minibatches->of(m).at(theta));
      std::vector<std::unique_ptr<Minibatch>> own;
      for (int m = 0; m < workers; ++m) own.push_back(separate->minibatch(m, t, theta));
      for (int m = workers; m-- > 0;)
        static_cast<void>(own[static_cast<std::size_t>(m)]->at(theta));
      if (t == 0) {
        EXPECT_EQ(separate->evaluate(theta).loss, before);  // none is complete
      }
      for (int m = 0; m < workers; ++m) separate->completed(m, t + 1);
    }

    EXPECT_NE(separate->evaluate(theta).loss, before);
    EXPECT_EQ(separate->evaluate(theta).loss, grouped->evaluate(theta).loss)
        << name_of(norms, batch_norm_choices);
  }
}

TEST(BatchNorm, OnlyStepsBeforeTheCompletedOneCount) {
  const auto ahead = problem_of("resnet18");
  const auto behind = problem_of("resnet18");
  const Model theta = initial(*ahead);
  for (Problem* problem : {ahead.get(), behind.get()}) {
    static_cast<void>(problem->minibatch(1, 0, theta)->at(theta));
  }
  static_cast<void>(ahead->minibatch(1, 1, theta)->at(theta));  // in computation
  static_cast<void>(ahead->minibatch(0, 0, theta)->at(theta));  // of another worker

  ahead->completed(1, 1);
  behind->completed(1, 1);
  EXPECT_EQ(ahead->evaluate(theta).loss, behind->evaluate(theta).loss);

  const double before = ahead->evaluate(theta).loss;
  ahead->completed(1, 1);
  EXPECT_EQ(ahead->evaluate(theta).loss, before);  // each minibatch counts once
  ahead->completed(1, 2);
  EXPECT_NE(ahead->evaluate(theta).loss, before);
}

/// A problem whose workers 0 and 1 have computed a minibatch each.
std::unique_ptr<Problem> with_two_minibatches() {
  auto problem = problem_of("resnet18");
  const Model theta = initial(*problem);
  for (const int m : {0, 1}) static_cast<void>(problem->minibatch(m, 0, theta)->at(theta));
  return problem;
}

std::string state_of(Problem& problem) {
  std::ostringstream state;
  problem.save_state(state);
  return state.str();
}

TEST(BatchNorm, TheMeanOfWhatWorkersGiveApartDoesNotDependOnTheirOrder) {
  const auto apart = with_two_minibatches(), reversed = with_two_minibatches();
  const auto one_by_one = with_two_minibatches();
  apart->completed_apart(std::vector<CompletedSteps>{{0, 1}, {1, 1}});
  reversed->completed_apart(std::vector<CompletedSteps>{{1, 1}, {0, 1}});
  for (const int m : {0, 1}) one_by_one->completed(m, 1);

  EXPECT_EQ(state_of(*apart), state_of(*reversed));
  EXPECT_NE(state_of(*apart), state_of(*one_by_one));
}

TEST(BatchNorm, ASingleWorkerApartIsOneInOrder) {
  const auto apart = with_two_minibatches(), in_order = with_two_minibatches();
  apart->completed_apart(std::vector<CompletedSteps>{{1, 1}});
  in_order->completed(1, 1);

  EXPECT_EQ(state_of(*apart), state_of(*in_order));
}

TEST(BatchNorm, APassAtAnotherModelThanTheOwnDoesNotCount) {
  const auto problem = problem_of("resnet18");
  const Model theta = initial(*problem);
  const double before = problem->evaluate(theta).loss;

  static_cast<void>(problem->minibatch(0, 0, theta)->at(moved(theta, 0.1)));
  problem->completed(0, 1);

  EXPECT_EQ(problem->evaluate(theta).loss, before);
}

}  // namespace
}  // namespace gradwire::learn::minibatch_test
