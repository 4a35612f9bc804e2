#include "sim/algorithms/asynchronous/downpour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "sim/core/archive.hpp"
#include "tests/algorithms/asynchronous/clients.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::asynchronous_test {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

AlgorithmConfig periods(std::int64_t fetch, std::int64_t push, const char* when = "after_push") {
  return named("downpour",
               {{"fetch_period", fetch}, {"push_period", push}, {"fetch", std::string(when)}});
}

std::vector<ClientTurn> turns_of(const AlgorithmConfig& config, std::size_t count) {
  std::vector<ClientTurn> turns;
  std::int64_t steps = 0;
  for (; turns.size() < count; steps += turns.back().steps) {
    turns.push_back(downpour_kind.turn(config, steps));
  }
  return turns;
}

constexpr PushTime no_push = PushTime::none;
constexpr PushTime push_after = PushTime::after_computing;
constexpr PushTime push_beside = PushTime::beside_fetch;

TEST(Downpour, TurnsEndWhereMessagesMayBeExchanged) {
  using T = ClientTurn;
  EXPECT_THAT(turns_of(periods(1, 1), 2),
              ElementsAre(T{true, push_after, 1}, T{true, push_after, 1}));
  EXPECT_THAT(turns_of(periods(4, 4), 2),
              ElementsAre(T{true, push_after, 4}, T{true, push_after, 4}));
  EXPECT_THAT(turns_of(periods(2, 3), 5),
              ElementsAre(T{true, no_push, 2}, T{true, push_after, 1}, T{false, no_push, 1},
                          T{true, push_after, 2}, T{true, no_push, 2}));
  EXPECT_THAT(turns_of(periods(5, 2), 4),
              ElementsAre(T{true, push_after, 2}, T{false, push_after, 2}, T{false, no_push, 1},
                          T{true, push_after, 1}));
  EXPECT_THAT(turns_of(periods(3, 3, "beside_push"), 3),
              ElementsAre(T{true, no_push, 1}, T{true, push_beside, 3}, T{true, push_beside, 3}));
}

TEST(Downpour, OfOneClientIsGradientDescentToTheBit) {
  const Vector initial = normal_vector(50, 1);
  Clients clients(named("downpour"), initial, 1);
  const AlgorithmConfig sgd = named("sgd");
  Worker worker = make_worker(sgd, one_tensor(50), 1);
  Server server = make_server(sgd, one_tensor(50), initial, 1);
  for (int t = 0; t < 20; ++t) {
    clients.take_turn(0, 0.1, bowl);
    FieldMinibatches minibatches(bowl);
    const Model theta = server.model();
    std::vector<Message> uploads;
    uploads.push_back(worker.step(theta, StepSize::same(0.1), minibatches.next(theta), {}));
    server.step(0.1, std::move(uploads));
    EXPECT_THAT(clients.theta(), ElementsAreArray(server.model()->parameters()));
  }
}

/// A quarter of a bowl: exact arithmetic with few powers of two.
Field quarter_bowl() {
  return [](std::span<const float> theta) {
    Vector g(theta.begin(), theta.end());
    for (float& entry : g) entry *= 0.25F;
    return g;
  };
}

TEST(Downpour, PushesTheSumOfItsStepsOnModelsOfItsOwn) {
  Clients clients(periods(2, 3), {64.0F}, 2);
  const auto take_turn = [&] { clients.take_turn(0, 0.5, quarter_bowl()); };
  take_turn();  // x: 64, 56, 49
  EXPECT_EQ(clients.theta()[0], 64);
  clients.apply(1, Dense{{32.0F}}, 0.5);  // of another
  take_turn();                            // fetches 32; x: 28; pushes 8 + 7 + 4
  EXPECT_EQ(clients.theta()[0], 13);
  take_turn();  // does not fetch; x: 24.5
  take_turn();  // fetches 13; x: 11.375, 9.953125; pushes 3.5 + 1.625 + 1.421875
  EXPECT_EQ(clients.theta()[0], 13 - 6.546875F);
}

TEST(Downpour, BesideAFetchPushesWhatWasComputedBefore) {
  Clients clients(periods(2, 2, "beside_push"), {64.0F}, 1);
  clients.fetch(0);
  EXPECT_TRUE(std::holds_alternative<Skip>(clients.compute(0, 0.5, quarter_bowl())));
  const Message first = clients.push(0);  // beside the request
  clients.fetch(0);                       // which is first at the server
  clients.apply(0, first, 0.5);
  EXPECT_EQ(clients.theta()[0], 56) << "a single step";
  clients.compute(0, 0.5, quarter_bowl());  // x: 64, 56, 49
  clients.apply(0, clients.push(0), 0.5);
  EXPECT_EQ(clients.theta()[0], 56 - 15);
}

TEST(Downpour, WhatIsAppliedIsWhatWasPushed) {
  for (const AlgorithmConfig& config :
       {periods(1, 1), periods(3, 3), periods(2, 3), periods(3, 3, "beside_push")}) {
    const Vector initial = normal_vector(30, 7);
    Clients clients(config, initial, 3);
    std::vector<double> expected(initial.begin(), initial.end());
    const auto count = [&](const Message& push) {
      Vector sent(expected.size(), 0.0F);
      add_to(push, sent);
      for (std::size_t i = 0; i < sent.size(); ++i) expected[i] -= double{sent[i]};
      return push;
    };
    // Clients by turns, whose pushes arrive after the next client's fetch.
    std::vector<std::pair<int, Message>> under_way;
    for (int t = 0; t < 90; ++t) {
      const int m = (t * 7) % 3;
      const ClientTurn turn = clients.turn(m);
      if (turn.push == push_beside) under_way.emplace_back(m, count(clients.push(m)));
      if (turn.fetches) clients.fetch(m);
      const Message push = clients.compute(m, 0.05, bowl);
      if (turn.push == push_after) under_way.emplace_back(m, count(push));
      while (under_way.size() > 2) {
        // (downpour's clients apply gamma.)
        clients.apply(under_way.front().first, under_way.front().second, 0.05);
        under_way.erase(under_way.begin());
      }
    }
    for (auto& [m, push] : under_way) clients.apply(m, push, 0.05);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(clients.theta()[i], expected[i], 1e-5);
    }
    EXPECT_LT(squared_norm(clients.theta()), 0.1 * squared_norm(initial)) << "and it learns";
  }
}

TEST(Downpour, AStalePushCountsLess) {
  AlgorithmConfig config = named("downpour", {{"staleness_exponent", 1.0}});
  Clients clients(config, {8.0F}, 2);
  clients.fetch(0);
  clients.fetch(1);
  const Message slow = clients.compute(1, 0.5, quarter_bowl());  // 1
  EXPECT_EQ(clients.apply(0, clients.compute(0, 0.5, quarter_bowl()), 0.5), 0);
  EXPECT_EQ(clients.theta()[0], 7);
  EXPECT_EQ(clients.apply(1, slow, 0.5), 1);
  EXPECT_EQ(clients.theta()[0], 6.5F);
}

TEST(Downpour, WithAdagradDividesByTheRootOfItsSquares) {
  const Vector initial{1.0F, -2.0F, 0.5F};
  Clients clients(named("downpour_adagrad", {{"epsilon", 1e-3}}), initial, 2);
  std::vector<double> theta(initial.begin(), initial.end()), squares(3, 0.0);
  for (int t = 0; t < 10; ++t) {
    clients.take_turn(t % 2, 0.1, bowl);
    for (std::size_t i = 0; i < 3; ++i) {
      const double g = theta[i];
      squares[i] += g * g;
      theta[i] -= 0.1 * g / (std::sqrt(squares[i]) + 1e-3);
    }
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(clients.theta()[i], theta[i], 2e-6);
}

/// Several steps between exchanges: the push is then their sum, to which the server applies gamma.
TEST(Downpour, WithAdagradPushesSumsOfGradients) {
  for (const bool differ : {false, true}) {
    AlgorithmConfig config = periods(differ ? 4 : 2, 2);
    config.name = "downpour_adagrad";
    config.values["epsilon"] = 0.0;
    Clients clients(config, {2.0F}, 1);
    clients.fetch(0);
    const Message push = clients.compute(0, 0.25, bowl);
    Vector sum(1, 0.0F);
    add_to(push, sum);
    EXPECT_EQ(sum[0], 2 + 1.5F);
    clients.apply(0, push, 0.25);
    EXPECT_EQ(clients.theta()[0], 2 - 0.25F);
  }
}

TEST(Downpour, WithMomentumAtTheServerLooksAhead) {
  Clients clients(named("mdownpour", {{"momentum", 0.5}, {"nesterov", true}}), {4.0F}, 1);
  double theta = 4, v = 0;
  for (int t = 0; t < 8; ++t) {
    clients.take_turn(0, 0.1, bowl);
    const double g = theta;
    v = 0.5 * v + g;
    theta -= 0.1 * (g + 0.5 * v);
    EXPECT_NEAR(clients.theta()[0], theta, 1e-5) << t;
  }
}

TEST(Downpour, ASavedClientGoesOnAlike) {
  AlgorithmConfig config = periods(2, 3);
  config.compress = "top_k";
  config.memory = "error_feedback";
  const Vector initial = normal_vector(40, 5);
  Clients clients(config, initial, 1);
  for (int t = 0; t < 7; ++t) clients.take_turn(0, 0.1, bowl);  // has steps that are not pushed
  std::stringstream state;
  {
    SavingArchive archive(state);
    clients.client(0).save(archive);
  }
  const auto resumed = make_client(config, one_tensor(40), 1);
  {
    LoadingArchive archive(state);
    resumed->load(archive);
  }
  const auto next = [](Client& client) {
    FieldMinibatches minibatches(bowl);
    const ClientTurn turn{.fetches = false, .push = push_after, .steps = 1};
    Vector sent(40, 0.0F);
    add_to(client.compute(turn, StepSize::same(0.1), minibatches, {}), sent);
    return sent;
  };
  const Vector expected = next(clients.client(0));
  EXPECT_GT(squared_norm(expected), 0);
  EXPECT_THAT(next(*resumed), ElementsAreArray(expected));
}

}  // namespace
}  // namespace gradwire::algorithms::asynchronous_test
