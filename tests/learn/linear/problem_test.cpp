#include "sim/learn/linear/problem.hpp"

#include <cmath>

#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/data/samples/targets.hpp"
#include "sim/learn/linear/largest_eigenvalue.hpp"
#include "sim/learn/objective_problem.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::linear_problem_test {
namespace {

/// Two classes in 12 dimensions, 200 training samples.
Dataset two_classes(const LossConfig& loss) {
  Dataset data = small_dataset(200, 12, loss.name == LossKind::cross_entropy ? 5 : 2);
  set_targets(data, loss);
  return data;
}

/// The same samples as sparse rows, zeros included.
SampleSet as_sparse(const SampleSet& dense) {
  SparseRows rows{.dimension = dense.dimension(), .ends = {}, .columns = {}, .values = {}};
  const auto n = static_cast<std::size_t>(dense.dimension());
  Vector sample(n);
  std::vector<Label> label(1);
  for (std::uint32_t i = 0; i < dense.count(); ++i) {
    dense.gather(std::vector<std::uint32_t>{i}, sample, label);
    for (std::size_t j = 0; j < n; ++j) {
      rows.columns.push_back(static_cast<std::uint32_t>(j));
      rows.values.push_back(sample[j]);
    }
    rows.ends.push_back(rows.values.size());
  }
  const SampleSet set(std::move(rows), {dense.labels().begin(), dense.labels().end()});
  return dense.targets().empty()
             ? set
             : set.with_targets({dense.targets().begin(), dense.targets().end()});
}

std::unique_ptr<LinearProblem> linear(const LossConfig& loss, int workers = 1,
                                      BatchSize batch = BatchSize::whole_shard(),
                                      const PartitionConfig& partition = {}) {
  return std::make_unique<LinearProblem>(two_classes(loss),
                                         LinearProblem::Config{.model = {},
                                                               .loss = loss,
                                                               .partition = partition,
                                                               .workers = workers,
                                                               .batch_size = batch},
                                         RandomSource(3));
}

Model model_of(Vector theta) { return std::make_shared<const ModelVersion>(0, std::move(theta)); }

LossConfig loss_named(LossKind name) {
  LossConfig loss;
  loss.name = name;
  return loss;
}

double objective_at(Problem& problem, Vector theta) {
  return problem.evaluate(model_of(std::move(theta))).objective.value().value;
}

class EveryLoss : public testing::TestWithParam<LossKind> {};

TEST_P(EveryLoss, TheGradientIsTheDerivativeOfTheObjective) {
  LossConfig loss = loss_named(GetParam());
  loss.l2 = 0.3;
  loss.nonconvex = 0.2;
  ObjectiveProblem problem(
      linear(loss), {.loss = loss, .weighting = Weighting::mean, .evaluates_objective = true});
  const Model theta = model_of(problem.initial_parameters());
  const auto minibatch = problem.minibatch(0, 0, theta);
  const auto gradient = copy(minibatch->at(theta));

  for (std::size_t i = 0; i < gradient.size(); ++i) {
    Vector above = theta->plain();
    Vector below = above;
    above[i] += 1e-2F;
    below[i] -= 1e-2F;
    const double step = static_cast<double>(above[i]) - below[i];
    EXPECT_NEAR(gradient[i], (objective_at(problem, above) - objective_at(problem, below)) / step,
                2e-4)
        << "entry " << i;
  }
  const Objective objective = problem.evaluate(theta).objective.value();
  EXPECT_NEAR(objective.gradient_squared_norm, squared_norm(gradient),
              1e-5 * objective.gradient_squared_norm);
  EXPECT_EQ(objective.initial_value, objective.value);
}

TEST_P(EveryLoss, SparseRowsGiveTheSameGradientAsDenseOnes) {
  const LossConfig loss = loss_named(GetParam());
  Dataset data = two_classes(loss);
  const LinearModel model({.inputs = 12, .classes = data.classes, .bias = true, .loss = loss.name});
  const Vector theta = model.initial_parameters(1);
  std::vector<double> dense(theta.size());
  std::vector<double> sparse(theta.size());
  const std::vector<std::uint32_t> samples = {3, 77, 5, 199};

  const auto statistics = model.add_gradient(theta, data.train, samples, dense);
  const auto of_sparse = model.add_gradient(theta, as_sparse(data.train), samples, sparse);

  EXPECT_NEAR(statistics.loss, of_sparse.loss, 1e-12);
  EXPECT_EQ(statistics.correct, of_sparse.correct);
  for (std::size_t i = 0; i < dense.size(); ++i) EXPECT_NEAR(dense[i], sparse[i], 1e-12);
}

// Unequal shards, weighted by their samples, are one shard with all samples.
TEST_P(EveryLoss, TheWeightedMeanOfUnequalShardsIsTheGradientOfAllSamples) {
  LossConfig loss = loss_named(GetParam());
  loss.l2 = 0.1;
  PartitionConfig partition;
  partition.kind = PartitionKind::consecutive;
  partition.sizes = {10, 120, 30, 40};
  ObjectiveProblem workers(
      linear(loss, 4, BatchSize::whole_shard(), partition),
      {.loss = loss, .weighting = Weighting::by_samples, .evaluates_objective = true});
  ObjectiveProblem central(
      linear(loss), {.loss = loss, .weighting = Weighting::mean, .evaluates_objective = true});
  const Model theta = model_of(central.initial_parameters());
  std::vector<double> mean(theta->size());
  for (int m = 0; m < 4; ++m) {
    const auto minibatch = workers.minibatch(m, 0, theta);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += minibatch->at(theta)[i] / 4.0;
  }
  const auto minibatch = central.minibatch(0, 0, theta);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    EXPECT_NEAR(mean[i], minibatch->at(theta)[i], 1e-6);
  }
  EXPECT_NEAR(objective_at(workers, theta->plain()), objective_at(central, theta->plain()), 1e-12);
}

// The same where the server weights the workers: their gradients are unweighted, F is not.
TEST_P(EveryLoss, WeightsAtTheServerLeaveTheWorkersGradients) {
  LossConfig loss = loss_named(GetParam());
  loss.l2 = 0.1;
  const std::vector<double> sizes = {10, 120, 30, 40};
  PartitionConfig partition;
  partition.kind = PartitionKind::consecutive;
  partition.sizes = {10, 120, 30, 40};
  ObjectiveProblem workers(
      linear(loss, 4, BatchSize::whole_shard(), partition),
      {.loss = loss, .weighting = Weighting::by_samples_at_server, .evaluates_objective = true});
  ObjectiveProblem central(
      linear(loss), {.loss = loss, .weighting = Weighting::mean, .evaluates_objective = true});
  const Model theta = model_of(central.initial_parameters());
  std::vector<double> mean(theta->size());
  for (std::size_t m = 0; m < sizes.size(); ++m) {
    const auto minibatch = workers.minibatch(static_cast<int>(m), 0, theta);
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += sizes[m] / 200 * minibatch->at(theta)[i];
  }
  const auto minibatch = central.minibatch(0, 0, theta);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    EXPECT_NEAR(mean[i], minibatch->at(theta)[i], 1e-6);
  }
  EXPECT_NEAR(objective_at(workers, theta->plain()), objective_at(central, theta->plain()), 1e-12);
}

// Convex losses: gradient descent with step 1/L never increases the objective, and
// ||F'||^2 <= 2 L (F - F*).
TEST_P(EveryLoss, SmoothnessBoundsTheCurvature) {
  LossConfig loss = loss_named(GetParam());
  loss.l2 = 1e-3;
  ObjectiveProblem problem(
      linear(loss, 4), {.loss = loss, .weighting = Weighting::mean, .evaluates_objective = true});
  const double smoothness = problem.smoothness().value();
  Vector theta = problem.initial_parameters();
  double before = objective_at(problem, theta);
  for (int t = 0; t < 50; ++t) {
    const Model model = model_of(theta);
    Vector sum(theta.size(), 0.0F);
    for (int m = 0; m < 4; ++m) {
      const auto minibatch = problem.minibatch(m, t, model);
      add_scaled(0.25F, minibatch->at(model), sum);
    }
    add_scaled(static_cast<float>(-1 / smoothness), sum, theta);
    const Objective now = problem.evaluate(model_of(theta)).objective.value();
    EXPECT_LE(now.value, before * (1 + 1e-12));
    before = now.value;
  }
}

INSTANTIATE_TEST_SUITE_P(Linear, EveryLoss,
                         testing::Values(LossKind::cross_entropy, LossKind::logistic,
                                         LossKind::squared),
                         [](const auto& loss) {
                           return std::string(name_of(loss.param, loss_choices));
                         });

TEST(LinearProblem, SumsOfLossesAreTheMeanTimesTheSamples) {
  LossConfig loss = loss_named(LossKind::logistic);
  ObjectiveProblem mean(linear(loss, 4),
                        {.loss = loss, .weighting = Weighting::sum, .evaluates_objective = true});
  loss.over = LossSum::sum;
  ObjectiveProblem sum(linear(loss, 4),
                       {.loss = loss, .weighting = Weighting::sum, .evaluates_objective = true});
  const Model theta = model_of(mean.initial_parameters());
  const auto of_mean = mean.minibatch(2, 0, theta);
  const auto of_sum = sum.minibatch(2, 0, theta);

  for (std::size_t i = 0; i < theta->size(); ++i) {
    EXPECT_FLOAT_EQ(of_sum->at(theta)[i], 50.0F * of_mean->at(theta)[i]);
  }
  EXPECT_NEAR(objective_at(sum, theta->plain()), 50 * objective_at(mean, theta->plain()), 1e-9);
  EXPECT_NEAR(sum.smoothness().value(), 50 * mean.smoothness().value(), 1e-9);
}

TEST(LinearProblem, SignExpectsTwoClasses) {
  Dataset data = small_dataset(50, 4, 3);
  EXPECT_EQ(input_error([&] { set_targets(data, loss_named(LossKind::logistic)); }),
            "/base/loss/labels: sign expects data of two classes, got 3");
  data.label_values = {-1.5, 0, 2};
  LossConfig as_is = loss_named(LossKind::logistic);
  as_is.labels = LabelNumbers::as_is;
  set_targets(data, as_is);
  EXPECT_EQ(data.train.targets()[0], -1.5F);
  EXPECT_EQ(data.train.targets()[2], 2.0F);
  EXPECT_FALSE(data.predicts_numbers);
}

TEST(LinearProblem, NumbersHaveNoAccuracy) {
  const auto problem = linear(loss_named(LossKind::squared));
  EXPECT_FALSE(problem->evaluate(model_of(problem->initial_parameters())).accuracy.has_value());
  EXPECT_TRUE(problem->shards()[0].labels.empty());
}

TEST(LinearModel, ZerosAndNoBias) {
  ModelConfig model;
  model.bias = false;
  model.initial.kind = InitialParameters::zeros;
  const LossConfig loss = loss_named(LossKind::logistic);
  const LinearProblem problem(two_classes(loss), {.model = model, .loss = loss}, 1);
  EXPECT_EQ(problem.initial_parameters(), Vector(12, 0.0F));
}

TEST(LargestEigenvalue, OfADiagonalMatrix) {
  const auto product = [](std::span<const double> v, std::span<double> out) {
    const double diagonal[] = {3, 0.5, 2.9, 0};
    for (std::size_t i = 0; i < v.size(); ++i) out[i] = diagonal[i] * v[i];
  };
  EXPECT_NEAR(largest_eigenvalue(4, product), 3.0, 1e-11);
}

}  // namespace
}  // namespace gradwire::learn::linear_problem_test
