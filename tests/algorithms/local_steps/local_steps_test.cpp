#include "sim/algorithms/local_steps/local_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/send_rules/threshold_parameters.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/quadratic.hpp"
#include "tests/support/worker_minibatches.hpp"

namespace gradwire::algorithms::local_steps_test {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing_support::Quadratic;
using testing_support::two_tensors;
using testing_support::WorkerMinibatches;

constexpr int workers = 4;
constexpr double gamma = 0.1;

/// Trains a method with local steps, all workers taking part.
struct LocalTeam {
  explicit LocalTeam(AlgorithmConfig given, int steps_ = 3)
      : steps(steps_),
        config(with_defaults(std::move(given))),
        server(make_server(config, problem.layout(), problem.initial_parameters(), workers)),
        team(workers, make_worker(config, problem.layout(), workers)) {}

  std::vector<Message> messages() {
    std::vector<Message> sent;
    started.clear();
    for (int m = 0; m < workers; ++m) {
      WorkerMinibatches source(problem, m, server.model()->iteration * steps);
      const StepContext context{.iteration = server.model()->iteration, .worker = m};
      sent.push_back(team[static_cast<std::size_t>(m)].step_locally(
          server.model(), StepSize::same(gamma), {source, steps, server.variate()}, context));
      started.push_back(source.models.front());
    }
    return sent;
  }
  /// Returns the number of workers that sent.
  int step() {
    std::vector<Message> sent = messages();
    int count = 0;
    for (std::size_t m = 0; m < sent.size(); ++m) {
      if (!std::holds_alternative<Skip>(sent[m])) ++count;
      server.add_variate_change(team[m].variate_change());
      team[m].delivered();
    }
    server.step(server_factor(config, StepSize::same(gamma), workers), std::move(sent));
    return count;
  }

  Quadratic problem = Quadratic(workers, two_tensors(50), 3, 0.2);
  int steps;
  AlgorithmConfig config;
  Server server;
  std::vector<Worker> team;
  std::vector<Vector> started;  ///< where each worker's steps of the newest iteration began
};

AlgorithmConfig custom(const char* send = "always") {
  AlgorithmConfig config{.name = "custom", .send = send};
  return config.set(local_steps_parameter, 3);
}

Vector mean(const std::vector<Vector>& of) {
  Vector sum(of.front().size(), 0.0F);
  for (const Vector& one : of) add_scaled(1.0F / static_cast<float>(of.size()), one, sum);
  return sum;
}

TEST(LocalSteps, AnExchangeLeavesTheMeanOfTheLocalModelsUnchanged) {
  LocalTeam local({.name = "local_sgd"});
  for (int t = 0; t < 5; ++t) {
    const Vector theta = local.server.model()->plain();
    std::vector<Message> sent = local.messages();
    std::vector<Vector> models(workers, theta);
    for (std::size_t m = 0; m < sent.size(); ++m) subtract_from(sent[m], models[m]);
    local.server.step(1.0, std::move(sent));
    EXPECT_THAT(local.server.model()->plain(), Pointwise(FloatNear(1e-6F), mean(models)));
  }
}

TEST(LocalSteps, EachStepIsTakenAtTheModelAfterTheOneBefore) {
  Quadratic problem(1, two_tensors(10), 1, 0);
  const auto theta = std::make_shared<const ModelVersion>(0, problem.initial_parameters());
  LocalSteps local({});
  WorkerMinibatches source(problem, 0, 0);
  const Vector u = local.offer(theta, {}, gamma, {source, 3}, nullptr);
  ASSERT_EQ(source.models.size(), 3U);
  for (std::size_t step = 0; step < 2; ++step) {
    Vector x = source.models[step];
    const auto own = std::make_shared<const ModelVersion>(0, x);
    add_scaled(-static_cast<float>(gamma), problem.minibatch(0, 0, own)->at(own), x);
    EXPECT_EQ(source.models[step + 1], x);
  }
  EXPECT_EQ(theta->plain(), problem.initial_parameters());
  EXPECT_EQ(u.size(), 10U);
}

TEST(Scaffold, TheServersVariateIsTheMeanOfTheWorkers) {
  LocalTeam scaffold({.name = "scaffold"}, 5);
  EXPECT_TRUE(scaffold.server.variate().empty());
  std::vector<Vector> variates(workers, Vector(50, 0.0F));
  for (int t = 0; t < 6; ++t) {
    std::vector<Message> sent = scaffold.messages();
    for (std::size_t m = 0; m < workers; ++m) {
      add_scaled(1.0F, scaffold.team[m].variate_change(), variates[m]);
      scaffold.server.add_variate_change(scaffold.team[m].variate_change());
      scaffold.team[m].delivered();
    }
    scaffold.server.step(1.0, std::move(sent));
    const auto common = scaffold.server.variate();
    EXPECT_THAT(Vector(common.begin(), common.end()), Pointwise(FloatNear(1e-5F), mean(variates)));
  }
}

TEST(Scaffold, AnOfferThatIsLostChangesNoVariate) {
  LocalTeam scaffold({.name = "scaffold"});
  scaffold.step();
  const Bytes state = scaffold.team[0].state_bytes();
  const std::vector<Message> sent = scaffold.messages();
  const auto first = scaffold.team[0].variate_change();
  const Vector change(first.begin(), first.end());
  scaffold.team[0].rollback(sent[0]);
  scaffold.messages();  // at the same model and minibatches again
  const auto again = scaffold.team[0].variate_change();
  EXPECT_EQ(Vector(again.begin(), again.end()), change);
  EXPECT_EQ(scaffold.team[0].state_bytes(), state);
}

TEST(ErrorReset, AnExchangeLeavesTheMeanOfTheLocalModelsUnchanged) {
  AlgorithmConfig config = custom();
  config.compress = "top_k";
  config.memory = "error_reset";
  LocalTeam cser(config.set(density_parameter, 0.1));
  for (int t = 0; t < 4; ++t) {
    const auto theta = std::make_shared<const ModelVersion>(t, cser.server.model()->plain());
    cser.step();
    std::vector<Vector> models;  // after the local steps, which begin at theta - e
    for (int m = 0; m < workers; ++m) {
      WorkerMinibatches source(cser.problem, m, t * cser.steps);
      const Vector start = cser.started[static_cast<std::size_t>(m)];
      const Vector p = LocalSteps({}).offer(theta, start, gamma, {source, cser.steps}, nullptr);
      models.push_back(theta->plain());
      subtract(p, models.back());
    }
    const std::vector<Worker> after = cser.team;
    cser.messages();  // begin at theta' - e'
    EXPECT_THAT(mean(cser.started), Pointwise(FloatNear(2e-6F), mean(models)));
    EXPECT_NE(cser.started[0], cser.started[1]);
    cser.team = after;
  }
}

TEST(ErrorReset, WhatWasLostIsInTheWorkersModel) {
  AlgorithmConfig config = custom();
  config.compress = "top_k";
  config.memory = "error_reset";
  LocalTeam cser(config.set(density_parameter, 0.1));
  const Vector theta = cser.server.model()->plain();
  std::vector<Message> sent = cser.messages();
  for (std::size_t m = 0; m < workers; ++m) cser.team[m].rollback(sent[m]);
  Quadratic problem(workers, two_tensors(50), 3, 0.2);
  LocalSteps plain({});
  WorkerMinibatches source(problem, 0, 0);
  const auto model = std::make_shared<const ModelVersion>(0, theta);
  const Vector u = plain.offer(model, {}, gamma, {source, 3}, nullptr);
  Vector x = theta;
  subtract(u, x);
  cser.messages();
  EXPECT_THAT(cser.started[0], Pointwise(FloatNear(1e-6F), x));
}

class RuleOfOffers : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Rules, RuleOfOffers, testing::Values("cmfl", "censored", "laq"));

TEST_P(RuleOfOffers, SkipsSomeAndReadsWhatIsOffered) {
  AlgorithmConfig config = custom(GetParam());
  if (config.send == "laq") {
    config.memory = "difference";
    config.set(threshold_scale_parameter, 5.0);
  }
  if (config.send == "censored") config.set(threshold_scale_parameter, 5.0);
  if (config.send == "cmfl") config.set(threshold_scale_parameter, 1.5);
  EXPECT_EQ(incompatibility(config), "");
  LocalTeam local(config);
  int sent = 0;
  for (int t = 0; t < 20; ++t) sent += local.step();
  EXPECT_GT(sent, workers);
  EXPECT_LT(sent, 20 * workers);
  EXPECT_TRUE(all_finite(local.server.model()->parameters()));
}

TEST(Refused, RulesThatCompareGradientsAtOtherModels) {
  for (const char* rule : {"lasg", "lasg_wk1", "lasg_wk2", "lag_wk", "lag_ps", "lasg_ps"}) {
    EXPECT_THAT(incompatibility(custom(rule)), HasSubstr("which local steps leave")) << rule;
  }
}

TEST(Refused, WhatIsNoneOfLocalSteps) {
  AlgorithmConfig both{.name = "fedavg"};
  both.set(local_steps_parameter, 5).set(local_epochs_parameter, 2);
  EXPECT_THAT(incompatibility(both), HasSubstr("in place of each other"));
  AlgorithmConfig dgc = custom();
  dgc.memory = "momentum_correction";
  dgc.set(momentum_at_parameter, "worker");
  EXPECT_THAT(incompatibility(dgc), HasSubstr("a momentum of gradients"));
  AlgorithmConfig variates = custom();
  variates.compress = "top_k";
  variates.set(control_variates_parameter, true);
  EXPECT_THAT(incompatibility(variates), HasSubstr("expected send always"));
  AlgorithmConfig still{.name = "local_sgd"};
  still.set(global_rate_parameter, 0);
  EXPECT_THAT(incompatibility(still), HasSubstr("offer gradients only"));
  AlgorithmConfig groups{.name = "hier_avg"};
  groups.set(global_steps_parameter, 10);
  EXPECT_THAT(incompatibility(groups), HasSubstr("a multiple of local_steps"));
  AlgorithmConfig selected{.name = "lag_ps"};
  selected.set(participation_parameter, 0.5);
  EXPECT_THAT(incompatibility(selected), HasSubstr("itself selects"));
}

TEST(Custom, HasLocalStepsOnlyIfOneOfTheirParametersIsSet) {
  AlgorithmConfig plain{.name = "custom"};
  EXPECT_FALSE(has_local_steps(plain));
  EXPECT_FALSE(has_local_steps(with_defaults(plain)));
  plain.set(weight_decay_parameter, 1e-4);
  EXPECT_FALSE(has_local_steps(plain)) << "the server's";
  EXPECT_TRUE(has_local_steps(custom()));
  AlgorithmConfig reset{.name = "custom", .memory = "error_reset"};
  EXPECT_TRUE(has_local_steps(reset));
}

TEST(Plan, AGivenNumberOfStepsReplacesTheRowsEpochs) {
  EXPECT_EQ(local_step_plan({.name = "fedavg"}).of(30), 30);
  AlgorithmConfig steps{.name = "fedavg"};
  steps.set(local_steps_parameter, 5);
  EXPECT_EQ(local_step_plan(steps).of(30), 5);
  EXPECT_EQ(local_step_plan(with_defaults(steps)).of(30), 5);
  AlgorithmConfig epochs{.name = "local_sgd"};
  epochs.set(local_epochs_parameter, 2);
  EXPECT_EQ(local_step_plan(epochs).of(30), 60);
  EXPECT_EQ(local_step_plan({.name = "sgd"}).of(30), 1);
}

TEST(SampledWorkers, AreAsManyAsTheShareAndEachAsLikelyAsAnother) {
  EXPECT_EQ(sampled_count(0.1, 100), 10);
  EXPECT_EQ(sampled_count(0.001, 100), 1);
  EXPECT_EQ(sampled_count(1, 7), 7);
  EXPECT_EQ(sampled_count(0.25, 10), 3);
  constexpr int draws = 20'000;
  std::vector<int> times(7);
  for (int t = 0; t < draws; ++t) {
    const std::vector<bool> chosen = sampled_workers(5, t, 7, 3);
    int count = 0;
    for (std::size_t m = 0; m < chosen.size(); ++m) {
      times[m] += chosen[m] ? 1 : 0;
      count += chosen[m] ? 1 : 0;
    }
    ASSERT_EQ(count, 3);
  }
  // Standard deviation of a count: sqrt(20000 * 3/7 * 4/7) = 70.
  for (const int count : times) EXPECT_NEAR(count, draws * 3.0 / 7, 350);
  EXPECT_NE(sampled_workers(5, 0, 100, 10), sampled_workers(6, 0, 100, 10));
}

}  // namespace
}  // namespace gradwire::algorithms::local_steps_test
