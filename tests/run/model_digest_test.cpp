#include "sim/run/model_digest.hpp"

#include <memory>

#include "sim/learn/mlp/problem.hpp"
#include "sim/learn/nets/problem.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::model_digest_test {
namespace {

/// Passes both workers' first minibatches through the net.
void pass(Problem& problem, const Model& theta) {
  const auto minibatches = problem.minibatches(0, theta);
  for (int m = 0; m < 2; ++m) (void)minibatches->of(m).at(theta);
}

std::unique_ptr<Problem> net_with_batch_norm() {
  learn::NetProblem::Config config;
  config.model.name = learn::ModelKind::resnet18;
  config.model.width = 4;
  config.workers = 2;
  config.batch_size = 5;
  return std::make_unique<learn::NetProblem>(learn::small_photographs(), config, 1);
}

TEST(ModelDigest, SeesTheRunningStatisticsOfBatchNorm) {
  const auto untrained = net_with_batch_norm();
  const auto problem = net_with_batch_norm();
  const Model theta = learn::model_of(problem->initial_parameters());
  const std::string before = model_digest(*theta, *problem);
  EXPECT_EQ(model_digest(*theta, *untrained), before);

  pass(*problem, theta);

  EXPECT_NE(problem->evaluate(theta).loss, untrained->evaluate(theta).loss);
  const std::string after = model_digest(*theta, *problem);
  EXPECT_NE(after, before) << "equal parameters, other statistics";
  EXPECT_EQ(model_digest(*theta, *problem), after);
}

TEST(ModelDigest, IsThatOfTheParametersWithoutSuchState) {
  learn::ModelConfig model;
  model.hidden = {16};
  learn::MlpProblem problem(learn::small_dataset(), model, 2, 10, 1);
  const Model theta = learn::model_of(problem.initial_parameters());
  const std::string before = model_digest(*theta, problem);

  pass(problem, theta);

  EXPECT_EQ(model_digest(*theta, problem), before);
  EXPECT_NE(model_digest(*learn::moved(theta, 0.1), problem), before);
}

}  // namespace
}  // namespace gradwire::model_digest_test
