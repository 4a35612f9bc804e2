#include "sim/algorithms/momentum/momentum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/algorithms/methods.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms {
namespace {

using testing_support::FixedGradient;

AlgorithmConfig sgd(double momentum, bool nesterov, double weight_decay, const char* place) {
  AlgorithmConfig config;
  config.name = "sgd";
  config.reduction = Reduction::mean;
  config.set(momentum_parameter, momentum)
      .set(nesterov_parameter, nesterov)
      .set(weight_decay_parameter, weight_decay)
      .set(momentum_at_parameter, place);
  return config;
}

/// theta after three steps with the gradients (0.5 + t, -0.25 t), on each of two workers.
Vector after_three_steps(const AlgorithmConfig& config) {
  Layout layout;
  layout.add("theta", {2});
  std::vector<Worker> workers(2, make_worker(config, layout, 2));
  Server server = make_server(config, layout, Vector{1.0F, -2.0F}, 2);
  const double rates[] = {0.1, 0.1, 0.05};
  for (int t = 0; t < 3; ++t) {
    std::vector<Message> uploads;
    for (Worker& worker : workers) {
      FixedGradient gradient({0.5F + static_cast<float>(t), -0.25F * static_cast<float>(t)});
      uploads.push_back(worker.step(server.model(), StepSize::same(rates[t]), gradient, {}));
    }
    server.step(rates[t], std::move(uploads));
  }
  return server.model()->plain();
}

// Golden values: tests/reference/momentum.py.
TEST(Momentum, IsThatOfPyTorchAtTheServerAndAtTheWorkers) {
  for (const char* place : {"server", "worker"}) {
    const auto expect = [place](const Vector& theta, float first, float second) {
      EXPECT_NEAR(theta[0], first, 1e-6) << place;
      EXPECT_NEAR(theta[1], second, 1e-6) << place;
    };
    expect(after_three_steps(sgd(0.9, false, 0, place)), 0.542249978F, -1.93875003F);
    expect(after_three_steps(sgd(0.9, true, 0, place)), 0.263024956F, -1.89487493F);
    expect(after_three_steps(sgd(0.9, true, 0.01, place)), 0.25732252F, -1.88227856F);
    expect(after_three_steps(sgd(0, false, 0.01, place)), 0.672651947F, -1.9450165F);
  }
}

TEST(Momentum, NothingOfItIsTodaysDescentBitForBit) {
  AlgorithmConfig plain;
  plain.name = "sgd";
  plain.reduction = Reduction::mean;
  EXPECT_EQ(after_three_steps(plain), after_three_steps(sgd(0, false, 0, "server")));
}

TEST(Momentum, CombinationsWithoutMeaningAreRefusedWithTheReason) {
  EXPECT_EQ(incompatibility(sgd(0, true, 0, "server")), "nesterov expects a momentum above 0");
  AlgorithmConfig sparse = sgd(0.9, false, 0, "server");
  sparse.name = "sparse";
  EXPECT_EQ(incompatibility(sparse),
            "momentum and weight_decay at the server act on contributions without gamma: expected "
            "gamma outside, or momentum_at worker");
  EXPECT_EQ(incompatibility(sgd(0.9, true, 1e-4, "worker")), "");
}

}  // namespace
}  // namespace gradwire::algorithms
