#include "sim/algorithms/asynchronous/asynchronous_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/algorithms/asynchronous/clients.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::asynchronous_test {
namespace {

using testing::ElementsAreArray;

TEST(FedBuff, StepsByTheMeanOfWhatItsBufferHolds) {
  Clients clients(
      named("fed_buff",
            {{"buffer_size", std::int64_t{3}}, {"global_rate", 0.5}, {"staleness_exponent", 0.0}}),
      {12.0F}, 3);
  for (int m = 0; m < 3; ++m) clients.fetch(m);
  const std::vector<float> pushes{1, 2, 6};
  for (int m = 0; m < 3; ++m) {
    EXPECT_EQ(clients.theta()[0], 12) << "until the third";
    EXPECT_EQ(clients.server().model()->iteration, 0);
    EXPECT_EQ(clients.apply(m, Dense{{pushes[static_cast<std::size_t>(m)]}}, 0.1), 0);
  }
  EXPECT_FLOAT_EQ(clients.theta()[0], 12 - 0.5F * 3);
  EXPECT_EQ(clients.server().model()->iteration, 1);
}

TEST(FedBuff, WeightsByStaleness) {
  Clients clients(
      named("fed_buff",
            {{"buffer_size", std::int64_t{2}}, {"global_rate", 1.0}, {"staleness_exponent", 0.5}}),
      {16.0F}, 2);
  clients.fetch(0);
  clients.fetch(1);
  for (int i = 0; i < 3; ++i) {  // two pushes of client 0 a step, which fetches anew
    clients.apply(0, Dense{{1.0F}}, 0.1);
    clients.apply(0, Dense{{1.0F}}, 0.1);
    clients.fetch(0);
  }
  EXPECT_EQ(clients.theta()[0], 13);
  EXPECT_EQ(clients.apply(1, Dense{{4.0F}}, 0.1), 3);
  EXPECT_EQ(clients.apply(0, Dense{{4.0F}}, 0.1), 0);
  EXPECT_FLOAT_EQ(clients.theta()[0], 13 - (4.0F / 2 + 4.0F) / 2);
}

TEST(FedBuff, MakesLocalStepsAndPushesTheWay) {
  Clients clients(named("fed_buff", {{"local_steps", std::int64_t{3}},
                                     {"buffer_size", std::int64_t{1}},
                                     {"global_rate", 0.5}}),
                  {8.0F}, 1);
  clients.take_turn(0, 0.5, bowl);  // x: 4, 2, 1
  EXPECT_FLOAT_EQ(clients.theta()[0], 8 - 0.5F * 7);
}

TEST(FedAsync, MixesTheModelOfTheClientTheLessTheStalerItIs) {
  Clients clients(
      named("fed_async",
            {{"local_steps", std::int64_t{1}}, {"global_rate", 0.5}, {"staleness_exponent", 1.0}}),
      {8.0F, -8.0F}, 3);
  for (int m = 0; m < 3; ++m) clients.fetch(m);
  const auto x = [&](int m) { return clients.compute(m, 0.25 * (m + 1), bowl); };
  // Models 6, 4 and 2.
  EXPECT_EQ(clients.apply(0, x(0), 0.1), 0);
  EXPECT_THAT(clients.theta(), ElementsAreArray({7.0F, -7.0F}));
  EXPECT_EQ(clients.apply(1, x(1), 0.1), 1);
  EXPECT_THAT(clients.theta(), ElementsAreArray({7 - 0.25F * 3, -7 + 0.25F * 3}));
  EXPECT_EQ(clients.apply(2, x(2), 0.1), 2);
  EXPECT_FLOAT_EQ(clients.theta()[0], 6.25F + (2 - 6.25F) / 6);
}

TEST(FedAsync, WithAShareOf1TakesTheModelOfItsOnlyClient) {
  Clients clients(named("fed_async", {{"local_steps", std::int64_t{4}}, {"global_rate", 1.0}}),
                  {16.0F}, 1);
  clients.take_turn(0, 0.5, bowl);
  EXPECT_EQ(clients.theta()[0], 1);
}

TEST(EveryAsynchronousMethod, BringsASumOfBowlsToItsMinimum) {
  constexpr int n = 3;
  std::vector<Vector> centres;
  Vector minimum(50, 0.0F);
  for (std::uint64_t m = 0; m < n; ++m) {
    centres.push_back(normal_vector(50, 10 + m));
    add_scaled(1.0F / n, centres.back(), minimum);
  }
  const auto around = [&](int m) -> Field {
    return [&, m](std::span<const float> theta) {
      Vector g(theta.begin(), theta.end());
      subtract(centres[static_cast<std::size_t>(m)], g);
      return g;
    };
  };
  int tested = 0;
  for (const Method& row : methods()) {
    if (row.asynchronous == nullptr) continue;
    ++tested;
    const bool is_adaptive = row.server_step->name == "adagrad";
    // A momentum of 0.99 makes steps a hundred times as long.
    const double gamma = is_adaptive ? 0.5 : row.name == "eamsgd" ? 0.001 : 0.01;
    Clients clients(named(std::string(row.name)), normal_vector(50, 1), n);
    for (int t = 0; t < 1500; ++t) clients.take_turn(t % n, gamma, around(t % n));
    Vector rest(clients.theta().begin(), clients.theta().end());
    subtract(minimum, rest);
    EXPECT_LT(squared_norm(rest), 0.1 * squared_norm(minimum)) << row.name;
  }
  EXPECT_EQ(tested, std::ssize(asynchronous_kinds()) + 2) << "downpour's kind has three rows";
}

/// A server in the middle of what it does goes on alike after it was saved.
TEST(AsynchronousServer, IsSavedWithItsBufferAndFetchedModels) {
  AlgorithmConfig synchronous = named("easgd", {{"centre", std::string("synchronous")}});
  for (const AlgorithmConfig& config :
       {named("fed_buff", {{"buffer_size", std::int64_t{3}}}), named("fed_async"),
        named("downpour_adagrad"), named("mdownpour"), synchronous}) {
    const Vector initial = normal_vector(20, 1);
    const auto push = [](std::uint64_t seed) { return Dense{normal_vector(20, seed)}; };
    Clients clients(config, initial, 3);
    for (int m = 0; m < 3; ++m) clients.fetch(m);
    for (int m = 0; m < 2; ++m) clients.apply(m, push(static_cast<std::uint64_t>(m)), 0.1);
    std::stringstream state;
    {
      SavingArchive archive(state);
      clients.server().save(archive);
    }
    AsynchronousServer resumed = make_asynchronous_server(config, one_tensor(20), initial, 3);
    {
      LoadingArchive archive(state);
      resumed.load(archive);
    }
    const auto go_on = [&](AsynchronousServer& server) {
      std::vector<std::int64_t> counts;
      for (int i = 0; i < 7; ++i) {
        const int m = (i + 2) % 3;
        counts.push_back(server.apply(m, push(static_cast<std::uint64_t>(10 + i)), 0, 0.1));
        counts.push_back(server.answers(m) ? 1 : 0);
        if (server.answers(m)) server.fetch(m);
      }
      return std::pair(server.model()->plain(), counts);
    };
    const auto expected = go_on(clients.server());
    EXPECT_EQ(go_on(resumed), expected) << config.name;
    EXPECT_NE(expected.first, initial);
  }
}

TEST(AsynchronousServer, StatesWhatItHolds) {
  const auto bytes = [](Clients& clients) { return clients.server().state_bytes().value; };
  Clients buffering(named("fed_buff", {{"buffer_size", std::int64_t{3}}}), Vector(100, 1.0F), 2);
  const auto nothing = bytes(buffering);
  buffering.apply(0, Dense{Vector(100, 1.0F)}, 0.1);
  EXPECT_EQ(bytes(buffering) - nothing, 400);
  Clients mixing(named("fed_async"), Vector(100, 1.0F), 2);
  const auto before = bytes(mixing);
  mixing.fetch(1);
  EXPECT_EQ(bytes(mixing) - before, 400) << "the model that client 1 fetched";
  mixing.server().fail(1);
  EXPECT_EQ(bytes(mixing), before);
}

}  // namespace
}  // namespace gradwire::algorithms::asynchronous_test
