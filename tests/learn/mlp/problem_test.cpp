#include "sim/learn/mlp/problem.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/kth_largest.hpp"
#include "sim/learn/gradient_distance.hpp"
#include "tests/learn/support.hpp"
#include "tests/support/marks.hpp"

namespace gradwire::learn::mlp_problem_test {
namespace {

constexpr int workers = 7;  // one group of five and one of two
constexpr int batch_size = 10;

std::unique_ptr<MlpProblem> small_problem(int m = workers, int b = batch_size) {
  ModelConfig model;
  model.hidden = {16};
  return std::make_unique<MlpProblem>(small_dataset(), model, m, b, 1);
}

TEST(MlpProblem, GradientIsTheMeanOverTheWorkersOwnMinibatch) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const Dataset data = small_dataset();
  const Sampler partition(200, workers, batch_size, 1);
  const Mlp net(12, {16}, 5);

  for (const std::int64_t t : {0, 1, 2, 5}) {  // two iterations per epoch
    const auto minibatches = problem->minibatches(t, theta);
    for (int m = 0; m < workers; ++m) {
      Vector inputs(12 * batch_size);
      std::vector<Label> labels(batch_size);
      data.train.gather(batch_of(partition, t / 2, m, t % 2), inputs, labels);
      Pass<float> pass;
      pass_through<float>(net, theta->parameters(), inputs, labels, pass);
      Vector expected(net.layout().size());
      gradient<float>(net, pass, {0, batch_size}, expected);

      const auto g = minibatches->of(m).at(theta);

      ASSERT_EQ(g.size(), expected.size());
      // The worker shared its pass with others, which changes no bit.
      for (std::size_t i = 0; i < g.size(); ++i) EXPECT_EQ(g[i], expected[i]);
      const BatchStatistics statistics = minibatches->statistics(m);
      EXPECT_EQ(statistics.loss, pass.statistics({0, batch_size}).loss);
      EXPECT_EQ(statistics.correct, pass.statistics({0, batch_size}).correct);
      EXPECT_EQ(statistics.samples, batch_size);
    }
  }
}

TEST(MlpProblem, InitialParametersAreAFunctionOfTheSeed) {
  ModelConfig model;
  const MlpProblem one(small_dataset(), model, 2, 10, 5);
  const MlpProblem same(small_dataset(), model, 10, 1, 5);
  const MlpProblem other(small_dataset(), model, 2, 10, 6);

  EXPECT_EQ(one.initial_parameters(), same.initial_parameters());
  EXPECT_NE(one.initial_parameters(), other.initial_parameters());
}

TEST(MlpProblem, AsksTheNetOncePerModel) {
  auto problem = small_problem(1);
  const Model theta = initial(*problem);
  const Model sent = moved(theta, 0.1);
  const auto minibatches = problem->minibatches(0, theta);
  GradientOracle& oracle = minibatches->of(0);

  static_cast<void>(oracle.squared_distance(theta, sent));
  EXPECT_EQ(problem->forwarded_samples(), 2 * batch_size);

  const auto g = copy(oracle.at(theta));
  static_cast<void>(oracle.at(sent));
  EXPECT_EQ(copy(oracle.at(theta)), g);
  static_cast<void>(oracle.squared_distance(sent, theta));
  EXPECT_EQ(problem->forwarded_samples(), 2 * batch_size);
}

TEST(MlpProblem, MakingMinibatchesSendsNothingThroughTheNet) {
  auto problem = small_problem();

  const auto minibatches = problem->minibatches(0, initial(*problem));

  EXPECT_EQ(problem->forwarded_samples(), 0);
}

TEST(MlpProblem, GroupsGoThroughTheNetTogetherAndOnlyWhenAsked) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const auto minibatches = problem->minibatches(0, theta);

  static_cast<void>(minibatches->of(6).at(theta));
  EXPECT_EQ(problem->forwarded_samples(), 2 * batch_size);
  for (int m = 0; m < workers; ++m) static_cast<void>(minibatches->of(m).at(theta));
  EXPECT_EQ(problem->forwarded_samples(), workers * batch_size);
}

TEST(MlpProblem, ThoseWhoAskAboutAnOldModelGoThroughItTogether) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const Model old = moved(theta, 0.1);
  const Model older = moved(theta, 0.2, 2);
  const auto minibatches = problem->minibatches(0, theta);
  for (const int m : {0, 2, 3, 6}) minibatches->expect(m, old);
  minibatches->expect(4, older);
  minibatches->expect(5, theta);  // the iteration's own model: no effect

  static_cast<void>(minibatches->of(3).at(old));
  EXPECT_EQ(problem->forwarded_samples(), 4 * batch_size);
  for (const int m : {0, 2, 6}) static_cast<void>(minibatches->of(m).at(old));
  EXPECT_EQ(problem->forwarded_samples(), 4 * batch_size);
  static_cast<void>(minibatches->of(4).at(older));
  EXPECT_EQ(problem->forwarded_samples(), 5 * batch_size);
  static_cast<void>(minibatches->of(5).at(theta));
  EXPECT_EQ(problem->forwarded_samples(), 7 * batch_size);
}

TEST(MlpProblem, ExpectationsDoNotChangeABit) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const Model old = moved(theta, 0.1);
  const Model other = moved(theta, 0.2, 2);
  const auto expected = problem->minibatches(0, theta);
  const auto unexpected = problem->minibatches(0, theta);
  for (int m = 0; m < workers; ++m) expected->expect(m, m % 2 == 0 ? old : other);

  for (int m = 0; m < workers; ++m) {
    for (const Model& model : {old, theta, other}) {  // one of them was not announced
      EXPECT_EQ(copy(expected->of(m).at(model)), copy(unexpected->of(m).at(model)));
      EXPECT_EQ(expected->of(m).squared_distance(theta, model),
                unexpected->of(m).squared_distance(theta, model));
    }
    expected->finished(m);
    unexpected->finished(m);
  }
}

TEST(MlpProblem, AnOldModelThatIsOnlyKeptAnswersAsItDid) {
  const auto problem = small_problem();
  const Model plain = initial(*problem);
  const Model theta = moved(plain, 0.1);
  const auto old = std::make_shared<ModelVersion>(*plain);
  (void)problem->minibatches(0, old)->of(0).at(old);
  (void)old->take_parameters(problem->kept(old));
  const auto expected = problem->minibatches(1, theta);
  const auto batches = problem->minibatches(1, theta);
  for (int m = 0; m < workers; ++m) batches->expect(m, old);

  for (int m = 0; m < workers; ++m) {
    EXPECT_EQ(batches->of(m).squared_distance(theta, old),
              expected->of(m).squared_distance(theta, plain));
    EXPECT_EQ(copy(batches->of(m).at(old)), copy(expected->of(m).at(plain)));
  }
  EXPECT_EQ(problem->evaluate(old).loss, problem->evaluate(plain).loss);
}

TEST(MlpProblem, GroupsHoldAtMostFiveWorkersAndFiftySamples) {
  EXPECT_EQ(workers_per_group(1), 5);
  EXPECT_EQ(workers_per_group(10), 5);
  EXPECT_EQ(workers_per_group(20), 2);
  EXPECT_EQ(workers_per_group(50), 1);
  EXPECT_EQ(workers_per_group(1000), 1);
}

TEST(MlpProblem, StatisticsAreThoseOfTheIterationsOwnModel) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const auto minibatches = problem->minibatches(0, theta);

  EXPECT_EQ(minibatches->statistics(3).samples, 0);
  static_cast<void>(minibatches->of(3).at(moved(theta, 1.0)));
  EXPECT_EQ(minibatches->statistics(3).samples, 0);
  static_cast<void>(minibatches->of(3).at(theta));
  EXPECT_EQ(minibatches->statistics(3).samples, batch_size);
  EXPECT_EQ(minibatches->statistics(2).samples, 0);  // never evaluated, though in the same group

  const double loss = minibatches->statistics(3).loss;
  static_cast<void>(minibatches->of(3).at(moved(theta, 1.0)));
  EXPECT_EQ(minibatches->statistics(3).loss, loss);
}

TEST(MlpProblem, GradientsOfOtherWorkersStayValid) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const auto minibatches = problem->minibatches(0, theta);

  const auto g = minibatches->of(0).at(theta);
  const auto before = copy(g);
  for (int m = 1; m < workers; ++m) static_cast<void>(minibatches->of(m).at(theta));

  EXPECT_EQ(copy(g), before);
}

TEST(MlpProblem, AnIterationOutlivesTheNextAndTheProblem) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const auto expected = copy(problem->minibatches(0, theta)->of(2).at(theta));
  const auto first = problem->minibatches(0, theta);
  const auto second = problem->minibatches(1, theta);
  static_cast<void>(second->of(2).at(theta));

  problem.reset();

  EXPECT_EQ(copy(first->of(2).at(theta)), expected);
}

TEST(MlpProblem, SquaredDistanceIsThatOfTheGeneralWay) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  for (const double step : {1.0, 1e-1, 1e-2, 1e-3}) {
    const Model sent = moved(theta, step);
    const auto minibatches = problem->minibatches(0, theta);
    for (int m = 0; m < workers; ++m) {
      const double fast = minibatches->of(m).squared_distance(theta, sent);
      const double general = squared_distance_of_gradients(minibatches->of(m), theta, sent);
      // The reference subtracts gradients rounded to 1e-7 of their size, a larger part of a small
      // difference.
      EXPECT_NEAR(fast, general, general * (1e-5 + 2e-6 / step));
    }
  }
}

/// Requests marks of all magnitudes above 0.01 and checks them.
class CheckingObserver final : public WriteObserver {
 public:
  explicit CheckingObserver(const Vector& y) : y_(y) {}
  void written(std::size_t end) override { ends.push_back(end); }
  CandidateMask marks(std::size_t begin, std::size_t end) override {
    bytes_.assign((end - begin) / 8 + 1, 0);
    return {bytes_.data(), magnitude_of(0.01F)};
  }
  void marked(std::size_t begin, std::size_t end) override {
    for (std::size_t i = 0; i < end - begin; ++i) {
      EXPECT_EQ(testing_support::is_marked(bytes_, i), std::abs(y_[begin + i]) > 0.01F)
          << begin << ", " << i;
    }
    written(end);
  }
  std::vector<std::size_t> ends;

 private:
  const Vector& y_;
  std::vector<std::uint8_t> bytes_;
};

TEST(MlpProblem, WhatIsMadeOfAGradientOnTheWayHasTheBitsOfTheGeneralWay) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const Model sent = moved(theta, 0.1);
  const Vector before = moved(theta, 1.0, 2)->plain();
  const auto minibatches = problem->minibatches(0, theta);
  for (const Model& model : {theta, sent}) {
    GradientOracle& oracle = minibatches->of(3);
    Vector written(before.size()), written_generally(before.size());
    Vector sum = before;
    Vector sum_generally = before;

    oracle.write_scaled(0.005F, model, written);
    CheckingObserver onlooker(sum);
    oracle.accumulate(0.005F, model, sum, onlooker);

    oracle.GradientOracle::write_scaled(0.005F, model, written_generally);
    NoObserver nobody;
    oracle.GradientOracle::accumulate(0.005F, model, sum_generally, nobody);
    EXPECT_EQ(written, written_generally);
    EXPECT_EQ(sum, sum_generally);
    EXPECT_TRUE(std::ranges::is_sorted(onlooker.ends));
    EXPECT_EQ(onlooker.ends.back(), sum.size());
  }
}

TEST(MlpProblem, AGradientAddedToASumOnTheWayHasTheBitsOfTheGeneralWay) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const Vector first = moved(theta, 1.0, 2)->plain();
  const Vector second = moved(theta, 1.0, 3)->plain();
  const std::vector<Weighted> terms{{0.3F, first}, {0.7F, second}};
  const auto minibatch = problem->minibatch(3, 0, theta);
  Vector sum(first.size()), sum_generally(first.size());

  CheckingObserver onlooker(sum);
  minibatch->add_to_sum(terms, -0.005F, theta, sum, onlooker);

  NoObserver nobody;
  minibatch->GradientOracle::add_to_sum(terms, -0.005F, theta, sum_generally, nobody);
  EXPECT_EQ(sum, sum_generally);
  EXPECT_TRUE(std::ranges::is_sorted(onlooker.ends));
  EXPECT_EQ(onlooker.ends.back(), sum.size());
}

TEST(MlpProblem, APassOfOnesOwnHasTheBitsOfASharedOne) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const auto shared = problem->minibatches(0, theta);
  for (int m = 0; m < workers; ++m) {
    const auto own = problem->minibatch(m, 0, theta);
    EXPECT_EQ(copy(own->at(theta)), copy(shared->of(m).at(theta)));
    EXPECT_EQ(own->statistics().loss, shared->statistics(m).loss);
  }
}

TEST(MlpProblem, StatisticsStayWhenAGroupsMemoryServesTheNext) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const auto all_at_once = problem->minibatches(0, theta);
  for (int m = 0; m < workers; ++m) static_cast<void>(all_at_once->of(m).at(theta));
  const auto one_by_one = problem->minibatches(0, theta);

  for (int m = 0; m < workers; ++m) {
    EXPECT_EQ(copy(one_by_one->of(m).at(theta)), copy(all_at_once->of(m).at(theta)));
    one_by_one->finished(m);
    one_by_one->finished(m);
  }

  for (int m = 0; m < workers; ++m) {
    const BatchStatistics sums = one_by_one->statistics(m);
    EXPECT_EQ(sums.samples, batch_size);
    EXPECT_EQ(sums.loss, all_at_once->statistics(m).loss);
    EXPECT_EQ(sums.correct, all_at_once->statistics(m).correct);
  }
}

TEST(MlpProblem, EvaluationGivesASampleWhatTrainingGivesIt) {
  // One batch of all 200 training samples, with the packed weights of the same model version.
  const Dataset data = small_dataset();
  Dataset train_as_test = data;
  train_as_test.test = data.train;
  ModelConfig model;
  model.hidden = {16};
  MlpProblem problem(train_as_test, model, 1, 200, 1);
  const Model theta = initial(problem);
  const auto minibatches = problem.minibatches(0, theta);
  static_cast<void>(minibatches->of(0).at(theta));

  const Evaluation evaluation = problem.evaluate(theta);

  const BatchStatistics trained = minibatches->statistics(0);
  EXPECT_EQ(evaluation.accuracy, static_cast<double>(trained.correct) / 200.0);
  EXPECT_NEAR(evaluation.loss, trained.loss / 200.0, 1e-12);  // the order of the samples differs
}

TEST(MlpProblem, SquaredDistanceOfAModelToItselfIsZero) {
  auto problem = small_problem();
  const Model theta = initial(*problem);
  const Model old = moved(theta, 0.1);
  const auto minibatches = problem->minibatches(0, theta);

  EXPECT_EQ(minibatches->of(0).squared_distance(theta, theta), 0.0);
  EXPECT_EQ(minibatches->of(0).squared_distance(old, old), 0.0);
}

TEST(MlpProblem, AModelOfAnotherSizeIsOurMistake) {
  auto problem = small_problem();
  const auto minibatches = problem->minibatches(0, initial(*problem));

  EXPECT_THROW(static_cast<void>(minibatches->of(0).at(model_of(Vector(3)))), std::logic_error);
}

/// All results of some iterations, with the workers divided among this many threads.
std::vector<double> results_with(int threads) {
  auto problem = small_problem(10);
  Model theta = initial(*problem);
  std::vector<double> results;
  for (std::int64_t t = 0; t < 12; ++t) {
    const Model sent = moved(theta, 0.05, static_cast<std::uint64_t>(t));
    const auto minibatches = problem->minibatches(t, theta);
    for (int m = 0; m < 10; m += 1 + static_cast<int>(t % 3)) minibatches->expect(m, sent);
    std::vector<double> distances(10);
    {
      std::vector<std::jthread> pool;
      for (int i = 0; i < threads; ++i) {
        pool.emplace_back([&, i] {
          for (int m = i; m < 10; m += threads) {
            const auto slot = static_cast<std::size_t>(m);
            distances[slot] = minibatches->of(m).squared_distance(theta, sent);
            static_cast<void>(minibatches->of(m).at(theta));
          }
        });
      }
    }
    Vector next = theta->plain();
    for (int m = 0; m < 10; ++m) {
      results.push_back(distances[static_cast<std::size_t>(m)]);
      results.push_back(minibatches->statistics(m).loss);
      const auto g = minibatches->of(m).at(theta);
      results.insert(results.end(), g.begin(), g.end());
      for (std::size_t i = 0; i < next.size(); ++i) next[i] -= 0.05F * g[i];
    }
    theta = model_of(std::move(next), t + 1);
  }
  results.push_back(problem->evaluate(theta).loss);
  return results;
}

TEST(MlpProblem, ThreadsDoNotChangeABit) {
  const auto one = results_with(1);

  for (const int threads : {2, 4, 10}) EXPECT_EQ(results_with(threads), one) << threads;
}

TEST(MlpProblem, EvaluationIsTheMeanOverTheTestSet) {
  auto problem = small_problem();
  const Model theta = moved(initial(*problem), 0.3);
  const Dataset data = small_dataset();
  const Mlp net(12, {16}, 5);
  double loss = 0.0;
  double hits = 0.0;
  double near_hits = 0.0;
  for (std::uint32_t i = 0; i < 130; ++i) {
    Vector x(12);
    std::vector<Label> label(1);
    data.test.gather(std::vector<std::uint32_t>{i}, x, label);
    Pass<float> pass;
    pass_through<float>(net, theta->parameters(), x, label, pass);
    loss += pass.outcomes[0].loss / 130.0;
    hits += static_cast<double>(pass.outcomes[0].correct) / 130.0;
    near_hits += static_cast<double>(pass.outcomes[0].correct_top5) / 130.0;
  }

  const Evaluation evaluation = problem->evaluate(theta);

  EXPECT_NEAR(evaluation.loss, loss, 1e-12);
  EXPECT_NEAR(evaluation.accuracy.value(), hits, 1e-12);
  EXPECT_NEAR(evaluation.top5_accuracy.value(), near_hits, 1e-12);
  EXPECT_EQ(problem->evaluate(theta).loss, evaluation.loss);
}

TEST(MlpProblem, EvaluationOfMoreThanOneChunkCountsEverySampleOnce) {
  DatasetConfig config;
  config.name = "synthetic";
  config.train_samples = 100;
  config.test_samples = 1234;
  const Dataset data = load_dataset(config, 1, std::nullopt);
  MlpProblem problem(data, ModelConfig{.hidden = {}}, 1, 10, 1);
  const Model zero = model_of(Vector(problem.layout().size(), 0.0F));

  const Evaluation evaluation = problem.evaluate(zero);

  EXPECT_NEAR(evaluation.loss, std::log(10.0), 1e-12);              // all classes equally likely
  EXPECT_NEAR(evaluation.accuracy.value(), 124.0 / 1234.0, 1e-12);  // ties go to class 0
}

TEST(MlpProblem, GradientDescentLearnsSeparableClasses) {
  auto problem = small_problem(2);
  Model theta = initial(*problem);
  const Evaluation before = problem->evaluate(theta);
  for (std::int64_t t = 0; t < 200; ++t) {
    const auto minibatches = problem->minibatches(t, theta);
    Vector next = theta->plain();
    for (int m = 0; m < 2; ++m) add_scaled(-0.1F, minibatches->of(m).at(theta), next);
    theta = model_of(std::move(next), t + 1);
  }

  const Evaluation after = problem->evaluate(theta);

  EXPECT_LT(after.loss, before.loss / 2.0);
  EXPECT_GT(after.accuracy.value(), 0.85);
}

TEST(MlpProblem, IsEvaluatedInPartsOfAnyOrder) {
  Dataset data = small_dataset();
  data.test = data.train;  // 200 samples: two parts
  MlpProblem problem(data, ModelConfig{}, 1, 10, 1);
  const Model theta = initial(problem);

  const Evaluation backwards = problem.evaluate(theta, run_in_reverse);

  EXPECT_EQ(backwards.loss, problem.evaluate(theta).loss);
  EXPECT_EQ(backwards.accuracy, problem.evaluate(theta).accuracy);
}

}  // namespace
}  // namespace gradwire::learn::mlp_problem_test
