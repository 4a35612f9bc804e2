#include "sim/core/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/quadratic.hpp"

namespace gradwire::problem_test {
namespace {

using testing_support::Quadratic;

constexpr int workers = 4;

Quadratic problem_with(double noise) {
  return {workers, testing_support::two_tensors(50), 1, noise};
}

Model initial(const Problem& problem) {
  return std::make_shared<const ModelVersion>(0, problem.initial_parameters());
}

Vector gradient(Problem& problem, int worker, const BatchRange& range, const Model& theta) {
  const auto minibatch = problem.minibatch(worker, range, theta);
  const auto g = minibatch->at(theta);
  return {g.begin(), g.end()};
}

TEST(BatchRange, TheNextOneBeginsWhereThisOneEnds) {
  const BatchRange next = BatchRange{.step = 2, .first = 10, .size = 3}.next(8);

  EXPECT_EQ(next.step, 3);
  EXPECT_EQ(next.first, 13);
  EXPECT_EQ(next.size, 8);
}

TEST(Problem, GroupsMinibatchesThatItComputesSeparately) {
  Quadratic problem = problem_with(0.5);
  const Model theta = initial(problem);
  for (const std::int64_t t : {0, 6}) {
    const auto grouped = problem.minibatches(t, theta);
    for (int m = 0; m < workers; ++m) {
      const auto alone = problem.minibatch(m, t, theta);
      EXPECT_TRUE(std::ranges::equal(grouped->of(m).at(theta), alone->at(theta)));
      grouped->finished(m);
      EXPECT_EQ(grouped->statistics(m).loss, alone->statistics().loss);
      EXPECT_EQ(grouped->statistics(m).samples, problem.batch_size(m));
    }
  }
}

TEST(Quadratic, NoiseFallsWithTheRootOfTheBatchSize) {
  Quadratic exact = problem_with(0.0);
  Quadratic noisy = problem_with(0.5);
  const Model theta = initial(exact);
  const Vector g = gradient(exact, 1, {3, 6, 2}, theta);
  const Vector two = gradient(noisy, 1, {3, 6, 2}, theta);
  const Vector eight = gradient(noisy, 1, {3, 6, 8}, theta);

  for (std::size_t i = 0; i < g.size(); ++i) {
    EXPECT_NEAR(eight[i] - g[i], (two[i] - g[i]) / 2, 1e-6 * (1 + std::abs(g[i])));
  }
  EXPECT_NE(two, g);
}

}  // namespace
}  // namespace gradwire::problem_test
