#include "sim/training/asynchronous_trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/quadratic.hpp"

namespace gradwire::training::asynchronous_trainer_test {
namespace {

using algorithms::AlgorithmConfig;
using algorithms::StepSize;
using testing::ElementsAre;
using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr std::int64_t d = 200;

AlgorithmConfig fed_async() {
  AlgorithmConfig config{.name = "fed_async"};
  config.values["local_steps"] = std::int64_t{2};
  return config;
}

/// A trainer, driven by hand in place of a network.
struct Driven {
  explicit Driven(const AlgorithmConfig& algorithm = {.name = "downpour"}, int clients = 2,
                  int threads = 2)
      : problem(clients, two_tensors(d), 7, 0.2),
        pool(threads),
        trainer({.algorithm = algorithm,
                 .workers = clients,
                 .gamma = [](std::int64_t) { return StepSize::same(0.1); },
                 .epochs = [](std::int64_t t) { return static_cast<double>(t) / 5; }},
                problem, pool) {}

  /// With the push that leaves before the client computes, if the method has one.
  void fetch(int client) {
    const ClientTurn turn = trainer.next_turn(client);
    if (turn.push == PushTime::beside_fetch) trainer.push(client);
    trainer.fetch(client, 0);
    trainer.receive(client);
    if (turn.push == PushTime::before_computing) trainer.push(client);
  }
  void compute(int client) {
    trainer.begin(client);
    trainer.end(client);
  }
  AppliedPush take_turn(int client) {
    fetch(client);
    compute(client);
    return trainer.apply(client, 0);
  }
  [[nodiscard]] Vector theta() const { return trainer.model()->plain(); }
  /// The sizes of the log of an iteration; 0 of what follows a lost push.
  [[nodiscard]] static std::vector<std::int64_t> log(const IterationWork& work) {
    std::vector<std::int64_t> payloads;
    for (const EdgeMessage& push : work.exchanges.front().edges) {
      payloads.push_back(push.sent.payload.value);
    }
    return payloads;
  }

  Quadratic problem;
  TaskPool pool;
  AsynchronousTrainer trainer;
};

TEST(AsynchronousTrainer, OfOneClientOfDownpourIsSgd) {
  Driven downpour({.name = "downpour"}, 1);
  SynchronousTrainer sgd({.algorithm = {.name = "sgd"},
                          .workers = 1,
                          .gamma = [](std::int64_t) { return StepSize::same(0.1); },
                          .epochs = [](std::int64_t) { return 0.0; }},
                         downpour.problem, downpour.pool);
  for (int t = 0; t < 12; ++t) {
    EXPECT_EQ(downpour.take_turn(0).staleness, 0);
    downpour.trainer.finish_iteration();
    sgd.next();
    sgd.finish();
    ASSERT_EQ(downpour.theta(), sgd.model()->plain()) << "iteration " << t;
  }
}

TEST(AsynchronousTrainer, CountsVersionsBetweenFetchAndApplication) {
  Driven run({.name = "downpour"}, 3);
  for (int m = 0; m < 3; ++m) run.fetch(m);
  for (int m = 0; m < 3; ++m) run.compute(m);
  std::vector<std::int64_t> staleness;
  for (const int m : {2, 0, 1}) staleness.push_back(run.trainer.apply(m, 0).staleness);
  EXPECT_THAT(staleness, ElementsAre(0, 1, 2));
  EXPECT_EQ(run.take_turn(0).version, 4);
  EXPECT_EQ(run.trainer.finish_iteration().train.samples, 4 * 2) << "of the applied pushes";
}

TEST(AsynchronousTrainer, LearnsTheSameWithAnyNumberOfThreads) {
  const auto learn = [](int threads) {
    Driven run({.name = "downpour"}, 4, threads);
    for (int m = 0; m < 4; ++m) run.fetch(m);
    for (int t = 0; t < 5; ++t) {
      for (int m = 0; m < 4; ++m) run.trainer.begin(m);  // all run at once
      for (const int m : {3, 1, 0, 2}) {
        run.trainer.end(m);
        run.trainer.apply(m, 0);
        run.fetch(m);
      }
      run.trainer.finish_iteration();
    }
    return run.theta();
  };
  const Vector alone = learn(1);
  EXPECT_EQ(learn(2), alone);
  EXPECT_EQ(learn(4), alone);
}

/// What others do in the meantime does not matter to a computation that runs.
TEST(AsynchronousTrainer, ComputesAtTheFetchedModel) {
  Driven run, alone;
  for (Driven* each : {&run, &alone}) each->fetch(0);
  run.trainer.begin(0);
  run.take_turn(1);
  run.trainer.end(0);
  alone.compute(0);
  const Vector before = run.theta();
  run.trainer.apply(0, 0);
  const Vector initial = alone.theta();
  alone.trainer.apply(0, 0);
  for (std::size_t i = 0; i < d; ++i) {
    EXPECT_NEAR(run.theta()[i] - before[i], alone.theta()[i] - initial[i], 1e-6);
  }
}

TEST(AsynchronousTrainer, OfAFailedClientAppliesOnlyWhatArrived) {
  for (const AlgorithmConfig& config : {AlgorithmConfig{.name = "downpour"}, fed_async()}) {
    Driven run(config), whole(config);
    for (Driven* each : {&run, &whole}) {
      each->fetch(0);
      each->compute(0);
    }
    run.trainer.fail(0, 1);  // the server has it and has not come to it
    EXPECT_EQ(run.trainer.pending(0).size(), 1U);
    run.trainer.apply(0, 0);
    whole.trainer.apply(0, 0);
    EXPECT_EQ(run.theta(), whole.theta()) << config.name;

    const Vector before = run.theta();
    run.fetch(0);
    run.compute(0);
    run.trainer.fail(0, 0);
    EXPECT_TRUE(run.trainer.pending(0).empty());
    EXPECT_EQ(run.theta(), before) << config.name;
    EXPECT_THAT(Driven::log(run.trainer.finish_iteration()), ElementsAre(32 * d, 32 * d, 0))
        << config.name << ": an applied push, a lost one, and the sign that it was lost";
  }
}

/// The server mixes with the model that the client fetched after its return.
TEST(AsynchronousTrainer, OfFedAsyncForgetsWhatAFailedClientHadFetched) {
  Driven run(fed_async()), other(fed_async());
  run.fetch(0);
  for (Driven* each : {&run, &other}) each->take_turn(1);
  run.trainer.begin(0);
  run.trainer.fail(0, 0);
  other.trainer.fail(0, 0);  // before it had fetched anything
  for (Driven* each : {&run, &other}) EXPECT_EQ(each->take_turn(0).staleness, 0);
  EXPECT_EQ(run.theta(), other.theta());
}

TEST(AsynchronousTrainer, GoesOnAlikeAfterItWasSaved) {
  for (const AlgorithmConfig& config :
       {AlgorithmConfig{.name = "downpour"}, fed_async(), AlgorithmConfig{.name = "eamsgd"}}) {
    Driven run(config), resumed(config);
    run.take_turn(0);
    run.fetch(0);
    run.fetch(1);
    run.trainer.begin(0);  // runs while the state is saved
    std::stringstream state;
    run.trainer.save(state);
    resumed.trainer.load(state);
    EXPECT_EQ(resumed.theta(), run.theta());
    for (Driven* each : {&run, &resumed}) {
      each->trainer.end(0);
      each->compute(1);
      each->trainer.apply(1, 0);
      each->trainer.apply(0, 0);
    }
    EXPECT_EQ(resumed.theta(), run.theta()) << config.name;
    EXPECT_EQ(resumed.trainer.worker_state_bytes(), run.trainer.worker_state_bytes());
  }
}

}  // namespace
}  // namespace gradwire::training::asynchronous_trainer_test
