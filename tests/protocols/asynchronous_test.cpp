#include "sim/protocols/asynchronous/asynchronous.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/core/temporary_folder.hpp"
#include "sim/training/counted_source.hpp"
#include "tests/support/iteration.hpp"

// Dates, bytes and staleness of asynchronous methods by hand, without learning.

namespace gradwire::protocols::asynchronous_test {
namespace {

using testing::ElementsAre;
using Kind = ClientActivity::Kind;

constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;
constexpr double gradient = 0.01;
constexpr double request = latency;                      ///< of no bytes
constexpr double transfer = latency + 4000 / bandwidth;  ///< of a model or push of 1000 values
constexpr double turn = gradient + 2 * transfer;         ///< of a client that is alone
constexpr double exact = 1e-9;

struct Setting {
  int clients = 3;
  int iterations = 10;
  algorithms::AlgorithmConfig algorithm{.name = "downpour"};
  network::PlatformConfig platform{};
  int header_bytes = 0;
  double server_seconds = 0;
  bool at_worker0 = false;
  int shards = 1;
};

struct Outcome {
  std::vector<double> finished;  ///< [iterations]
  std::vector<ClientActivity> activities;
  std::vector<std::vector<ClientTimes>> times;  ///< [iterations][M]
  Communication sum;
  cost::ByteLedger ledger;

  [[nodiscard]] std::vector<ClientActivity> of(Kind kind, int client = -1) const {
    std::vector<ClientActivity> found;
    for (const ClientActivity& one : activities) {
      if (one.kind == kind && (client < 0 || one.client == client)) found.push_back(one);
    }
    return found;
  }
  [[nodiscard]] std::vector<int> appliers() const {
    std::vector<int> clients;
    for (const ClientActivity& one : of(Kind::apply)) clients.push_back(one.client);
    return clients;
  }
};

Outcome run(const Setting& setting) {
  network::Simulation simulation({});
  network::Platform platform =
      build_platform(simulation, setting.platform, setting.clients, {}, setting.shards);
  if (setting.at_worker0) {
    platform.server = platform.workers.front();
    for (std::size_t s = 0; s < platform.shards.size(); ++s) {
      platform.shards[s] = platform.workers[s];
    }
  }
  training::CountedSource source(
      {.algorithm = setting.algorithm,
       .workers = setting.clients,
       .parameters = 1000,
       .encodings = testing_support::some_encodings(),
       .gradients_per_step = {},
       .next_size = [](int) { return testing_support::dense_message(1000); },
       .server_shards = setting.shards});
  cost::ComputeConfig compute;
  compute.seconds_per_gradient = {gradient};
  compute.local_step_seconds_per_entry = {0};
  compute.server_seconds_per_upload = {setting.server_seconds};
  compute.adding_seconds_per_value = {0};
  algorithms::WireConfig wire;
  wire.header_bytes = setting.header_bytes;
  const Asynchronous pattern{.cost_model = cost::CostModel({.compute = compute,
                                                            .wire = wire,
                                                            .encodings = source.encodings(),
                                                            .skip_flag = {1},
                                                            .server_shards = setting.shards})};
  Outcome outcome;
  outcome.ledger = pattern.run(simulation, platform, source, [&](const IterationRecord& record) {
    EXPECT_EQ(std::ssize(record.pushes), setting.clients);
    outcome.finished.push_back(record.finished.value);
    outcome.activities.insert(outcome.activities.end(), record.activities.begin(),
                              record.activities.end());
    outcome.times.emplace_back(record.clients.begin(), record.clients.end());
    outcome.sum += record.communication;
    return record.iteration < setting.iterations;
  });
  EXPECT_EQ(outcome.sum.rounds, setting.iterations * setting.clients);
  EXPECT_EQ(outcome.ledger.uplink, outcome.sum.uplink_wire);
  EXPECT_EQ(outcome.ledger.downlink, outcome.sum.downlink_wire);
  EXPECT_EQ(outcome.ledger.carried.value,
            outcome.ledger.uplink.value + outcome.ledger.downlink.value);
  return outcome;
}

TEST(Asynchronous, OneClientFetchesComputesAndPushesInTurn) {
  const Outcome outcome = run({.clients = 1, .server_seconds = 0.002});
  for (std::size_t t = 0; t < outcome.finished.size(); ++t) {
    const auto turns = static_cast<double>(t + 1);
    EXPECT_NEAR(outcome.finished[t], request + turns * (turn + 0.002), exact);
  }
  EXPECT_EQ(outcome.sum.uplink_payload, Bits{10 * 32'000});
  EXPECT_EQ(outcome.sum.uplink_wire, Bytes{10 * 4000});
  EXPECT_EQ(outcome.sum.downlink_wire, Bytes{10 * 4000});
  for (const ClientActivity& push : outcome.of(Kind::apply)) EXPECT_EQ(push.staleness, 0);
  const ClientTimes& last = outcome.times.back().front();
  EXPECT_NEAR(last.compute.value, gradient, exact);
  EXPECT_NEAR(last.uplink.value, transfer, exact);
  EXPECT_NEAR(last.downlink.value, transfer, exact);
  EXPECT_NEAR(last.busy.value, turn, exact);
  EXPECT_EQ(last.pushes, 1);
}

TEST(Asynchronous, EveryMessageHasAHeader) {
  const Outcome outcome = run({.clients = 1, .iterations = 4, .header_bytes = 1250});
  const double header = 1250 / bandwidth;
  EXPECT_NEAR(outcome.finished.back(), request + header + 4 * (turn + 2 * header), exact);
  EXPECT_EQ(outcome.sum.uplink_wire, Bytes{1250 + 4 * 5250}) << "a request, and four pushes";
  EXPECT_EQ(outcome.sum.downlink_wire, Bytes{4 * 5250});
}

TEST(Asynchronous, EqualClientsAreServedByRankAndHaveStalenessOfAllOthers) {
  constexpr int n = 4;
  const Outcome outcome = run({.clients = n});
  const auto applied = outcome.of(Kind::apply);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    EXPECT_EQ(applied[i].client, static_cast<int>(i % n));
    EXPECT_EQ(applied[i].version, static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(applied[i].staleness, i < n ? static_cast<std::int64_t>(i) : n - 1);
    EXPECT_NEAR(applied[i].dates.end.value, request + turn * static_cast<double>(i / n + 1), exact);
  }
}

TEST(Asynchronous, ASlowClientHoldsUpNobody) {
  Setting setting{.clients = 2, .iterations = 12};
  setting.platform.overrides = {
      {.worker = 0, .speed = FlopsPerSecond{1e9 * gradient / (gradient + 10 * turn)}}};
  const Outcome outcome = run(setting);
  // Client 0's turn takes as long as eleven of client 1's: at the same date it is the first.
  EXPECT_THAT(outcome.appliers(),
              ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1));
  const auto slow = outcome.of(Kind::apply, 0);
  EXPECT_EQ(slow[0].staleness, 10);
  EXPECT_EQ(slow[1].staleness, 11);
  const auto fast = outcome.of(Kind::apply, 1);
  EXPECT_EQ(fast[9].staleness, 0);
  EXPECT_EQ(fast[10].staleness, 1);
}

TEST(Asynchronous, ABusyServerLetsThemWait) {
  constexpr double handling = 0.02;  // longer than a turn
  const Outcome outcome = run({.clients = 3, .server_seconds = handling});
  const auto applied = outcome.of(Kind::apply);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    EXPECT_EQ(applied[i].client, static_cast<int>(i % 3));
    const double end = request + turn + handling * static_cast<double>(i + 1);
    EXPECT_NEAR(applied[i].dates.end.value, end, exact);
    EXPECT_NEAR(applied[i].dates.begin.value, end - handling, exact);
  }
}

TEST(Asynchronous, MessagesOnTheServersHostCrossNoLink) {
  const Outcome outcome =
      run({.clients = 2, .iterations = 5, .header_bytes = 10, .at_worker0 = true});
  const auto local = outcome.of(Kind::apply, 0);
  for (std::size_t i = 0; i < local.size(); ++i) {
    EXPECT_NEAR(local[i].dates.end.value, gradient * static_cast<double>(i + 1), exact);
    EXPECT_EQ(local[i].size, Bytes{0});
  }
  const auto remote = static_cast<std::int64_t>(outcome.of(Kind::push, 1).size());
  EXPECT_GT(remote, 0);
  EXPECT_EQ(outcome.sum.uplink_wire, Bytes{10 + 4010 * remote});
}

/// EASGD: the push moves while its client computes, and the next request waits for it.
TEST(Asynchronous, AnElasticPushMovesBesideTheComputation) {
  Setting setting{.clients = 1, .iterations = 4};
  setting.algorithm.name = "easgd";
  setting.algorithm.values["exchange_period"] = std::int64_t{1};
  const Outcome outcome = run(setting);
  const double period = request + transfer + gradient;
  const auto applied = outcome.of(Kind::apply);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const double fetched = request + transfer + period * static_cast<double>(i);
    EXPECT_NEAR(applied[i].dates.end.value, fetched + transfer, exact);
  }
}

TEST(Asynchronous, ASlowUplinkDelaysTheRequestBehindThePush) {
  constexpr double slow = 4000 / 0.04;  // four times as long as a gradient
  Setting setting{.clients = 1, .iterations = 4};
  setting.algorithm.name = "easgd";
  setting.algorithm.values["exchange_period"] = std::int64_t{1};
  setting.platform.uplink = {slow};
  const Outcome outcome = run(setting);
  const double push = latency + 0.04;
  const auto applied = outcome.of(Kind::apply);
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const double before = (push + request + transfer) * static_cast<double>(i);
    EXPECT_NEAR(applied[i].dates.end.value, request + transfer + before + push, exact);
  }
}

/// Two clients; the host of the second is down as its profile says.
Setting failing(const TemporaryFolder& folder, const std::string& profile) {
  std::ofstream(folder.path() / "w1.state") << profile;
  const std::filesystem::path path = folder.path() / "two.xml";
  std::ofstream file(path);
  file << R"(<?xml version="1.0"?><!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">
<host id="s" speed="1Gf"/><host id="w0" speed="1Gf"/><host id="w1" speed="1Gf" state_file="w1.state"/>
<link id="l0" bandwidth="125MBps" latency="50us"/><link id="l1" bandwidth="125MBps" latency="50us"/>
<route src="w0" dst="s"><link_ctn id="l0"/></route><route src="w1" dst="s"><link_ctn id="l1"/></route>
</zone></platform>)";
  Setting setting{.clients = 2, .iterations = 20};
  setting.platform = {.kind = network::PlatformKind::file};
  setting.platform.path = path.string();
  setting.platform.server = "s";
  setting.platform.workers = {"w0", "w1"};
  return setting;
}

TEST(Asynchronous, AClientWhoseHostFailsBeginsAnew) {
  const TemporaryFolder folder("asynchronous");
  // It fails in its third turn, and returns five turns later.
  const double back = 0.08;
  const Outcome outcome = run(failing(folder, "0 1\n0.025 0\n0.08 1\n"));
  const auto applied = outcome.of(Kind::apply, 1);
  ASSERT_GT(applied.size(), 4U);
  EXPECT_NEAR(applied[1].dates.end.value, request + 2 * turn, exact);
  EXPECT_NEAR(applied[2].dates.end.value, back + request + turn, exact);
  for (const ClientActivity& one : outcome.activities) {
    if (one.client == 1 && one.kind != Kind::apply) {
      EXPECT_TRUE(one.dates.end.value <= 0.025 || one.dates.begin.value >= back);
    }
  }
  EXPECT_EQ(applied[2].staleness, 1) << "it fetched again";
  const auto other = outcome.of(Kind::apply, 0);
  for (std::size_t i = 0; i < other.size(); ++i) {
    EXPECT_NEAR(other[i].dates.end.value, request + turn * static_cast<double>(i + 1), exact);
  }
}

TEST(Asynchronous, APushThatArrivedBeforeItsHostFailedIsApplied) {
  const TemporaryFolder folder("asynchronous");
  // Two pushes arrive at the same date, and the host is down for a while in the meantime.
  Setting setting = failing(folder, "0 1\n0.012 0\n0.015 1\n");
  setting.server_seconds = 0.02;
  setting.algorithm.name = "fed_async";
  setting.algorithm.values["local_steps"] = std::int64_t{1};
  const Outcome outcome = run(setting);
  const auto applied = outcome.of(Kind::apply);
  EXPECT_EQ(applied[1].client, 1);
  EXPECT_EQ(applied[1].staleness, 1);
  EXPECT_NEAR(applied[1].dates.end.value, request + turn + 0.04, exact);
}

TEST(Asynchronous, NamesTheHostThatFailsForGood) {
  const TemporaryFolder folder("asynchronous");
  Setting setting = failing(folder, "0 1\n0.025 0\n");
  setting.clients = 1;
  setting.platform.workers = {"w1"};
  try {
    run(setting);
    FAIL() << "it cannot go on";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("host \"w1\" failed, like those of all other"));
  }
}

class Sharded : public testing::TestWithParam<int> {};

TEST_P(Sharded, OneClientWaitsForAllStretchesOverItsOwnLink) {
  const int shards = GetParam();
  const Outcome outcome = run({.clients = 1, .server_seconds = 0.002, .shards = shards});
  for (std::size_t t = 0; t < outcome.finished.size(); ++t) {
    const auto turns = static_cast<double>(t + 1);
    EXPECT_NEAR(outcome.finished[t], request + turns * (turn + 0.002 / shards), exact);
  }
  for (const ClientActivity& applied : outcome.of(Kind::apply)) EXPECT_EQ(applied.staleness, 0);
}

TEST_P(Sharded, EqualClientsAreAsStaleAtEachShardAsThereAreOthers) {
  const int shards = GetParam();
  const Outcome outcome = run({.clients = 4, .shards = shards});
  for (std::size_t t = 0; t < outcome.finished.size(); ++t) {
    EXPECT_NEAR(outcome.finished[t], request + static_cast<double>(t + 1) * turn, exact);
  }
  std::vector<std::vector<ClientActivity>> applied(static_cast<std::size_t>(shards));
  for (const ClientActivity& one : outcome.of(Kind::apply)) {
    applied[static_cast<std::size_t>(one.shard)].push_back(one);
  }
  for (const auto& at_shard : applied) {
    ASSERT_EQ(at_shard.size(), 40U);
    for (std::size_t i = 0; i < at_shard.size(); ++i) {
      EXPECT_EQ(at_shard[i].client, static_cast<int>(i % 4));
      EXPECT_EQ(at_shard[i].version, static_cast<std::int64_t>(i + 1));
      EXPECT_EQ(at_shard[i].staleness, std::min<std::int64_t>(static_cast<std::int64_t>(i), 3));
    }
  }
}

TEST_P(Sharded, PortsOfTheServerCarryASliceOfEachMessage) {
  const int shards = GetParam();
  const double port = bandwidth / 1000;
  const Outcome outcome = run({.clients = 4,
                               .iterations = 1,
                               .platform = {.server_bandwidth = BytesPerSecond{port}},
                               .shards = shards});
  const double messages = latency + 4 * (4000.0 / shards) / port;
  EXPECT_NEAR(outcome.finished.front(), request + messages + gradient + messages, exact);
}

TEST_P(Sharded, EachSliceAndRequestHasAHeader) {
  const int shards = GetParam();
  const Outcome outcome =
      run({.clients = 1, .iterations = 3, .header_bytes = 40, .shards = shards});
  // A request, then pushes that carry one; the model of the next turn is on its way.
  EXPECT_EQ(outcome.ledger.uplink, Bytes{40 * shards + 3 * (4000 + 40 * shards)});
  EXPECT_EQ(outcome.ledger.downlink, Bytes{3 * (4000 + 40 * shards)});
}

INSTANTIATE_TEST_SUITE_P(Shards, Sharded, testing::Values(2, 4, 8));

/// Shards on the hosts of both clients: each sends one slice over the network.
TEST(Asynchronous, ShardsOnTheClientsHostsGetTheirSlicesForNothing) {
  const Outcome outcome = run({.clients = 2, .iterations = 5, .at_worker0 = true, .shards = 2});
  EXPECT_EQ(outcome.ledger.uplink, Bytes{5 * 2 * 2000});
  EXPECT_EQ(outcome.ledger.downlink, Bytes{5 * 2 * 2000});
}

/// The shard on a slow host applies later and answers later; so versions of the shards differ.
TEST(Asynchronous, ShardsHaveVersionsOfTheirOwn) {
  Setting setting{.clients = 2, .server_seconds = 0.02, .at_worker0 = true, .shards = 2};
  setting.platform.overrides = {{.worker = 1, .speed = FlopsPerSecond{1e8}}};
  const Outcome outcome = run(setting);
  bool they_differ = false;
  std::int64_t newest[2] = {0, 0};
  for (const ClientActivity& one : outcome.of(Kind::apply)) {
    newest[one.shard] = one.version;
    they_differ = they_differ || newest[0] > newest[1] + 1;
    EXPECT_GE(one.staleness, 0);
  }
  EXPECT_TRUE(they_differ);
  EXPECT_EQ(newest[1], 2 * setting.iterations);
}

}  // namespace
}  // namespace gradwire::protocols::asynchronous_test
