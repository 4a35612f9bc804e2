#include "sim/algorithms/momentum/momentum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::momentum_test {
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

// Golden values: tests/reference/momentum.py.
TEST(Momentum, DampsGradientsAfterTheFirst) {
  for (const char* place : {"server", "worker"}) {
    AlgorithmConfig config = sgd(0.9, false, 0.01, place);
    config.set(dampening_parameter, 0.75);
    const Vector theta = after_three_steps(config);
    EXPECT_NEAR(theta[0], 0.796367824F, 1e-6) << place;
    EXPECT_NEAR(theta[1], -1.97910464F, 1e-6) << place;
  }
}

// The server's momentum is applied block by block: the first step ends with the last block.
TEST(Momentum, DampsNoBlockOfTheFirstGradient) {
  constexpr std::size_t d = 10'000;
  Layout layout;
  layout.add("theta", {static_cast<std::int64_t>(d)});
  AlgorithmConfig config = sgd(0.5, false, 0, "server");
  config.set(dampening_parameter, 0.5);
  Server server = make_server(config, layout, Vector(d, 0.0F), 1);
  server.step(1.0, {Dense{Vector(d, 8.0F)}});
  EXPECT_EQ(server.model()->plain(), Vector(d, -8.0F));
  server.step(1.0, {Dense{Vector(d, 4.0F)}});  // b = 8 / 2 + 4 / 2
  EXPECT_EQ(server.model()->plain(), Vector(d, -14.0F));
}

TEST(Momentum, ContinuesFromACheckpointBeforeAndAfterItsFirstStep) {
  for (const int steps : {0, 1, 2}) {
    Momentum momentum({.momentum = 0.5F, .dampening = 0.5}, 2);
    const auto direction = [](Momentum& of) {
      Vector g{8.0F, 4.0F};
      of.apply(0, Vector(2), g);
      return g;
    };
    for (int t = 0; t < steps; ++t) static_cast<void>(direction(momentum));
    std::stringstream file;
    {
      SavingArchive archive(file);
      momentum.save(archive);
    }
    Momentum loaded({.momentum = 0.5F, .dampening = 0.5}, 2);
    LoadingArchive archive(file);
    loaded.load(archive);
    EXPECT_EQ(direction(loaded), direction(momentum)) << steps;
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
  AlgorithmConfig damped = sgd(0, false, 0, "server");
  damped.set(dampening_parameter, 0.5);
  EXPECT_EQ(incompatibility(damped), "dampening expects a momentum above 0");
  damped.set(momentum_parameter, 0.9).set(nesterov_parameter, true);
  EXPECT_EQ(incompatibility(damped), "nesterov expects dampening 0");
  AlgorithmConfig sparse = sgd(0.9, false, 0, "server");
  sparse.name = "sparse";
  EXPECT_EQ(incompatibility(sparse),
            "momentum and weight_decay at the server act on contributions without gamma: expected "
            "gamma outside, or momentum_at worker");
  EXPECT_EQ(incompatibility(sgd(0.9, true, 1e-4, "worker")), "");
}

}  // namespace
}  // namespace gradwire::algorithms::momentum_test
