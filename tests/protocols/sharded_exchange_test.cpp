// A parameter server whose shards lie on several hosts.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/protocols/reception.hpp"
#include "tests/support/iteration.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::protocols::sharded_exchange_test {
namespace {

using testing_support::dense_message;
using testing_support::one_exchange;

constexpr std::int64_t d = 12'000;
constexpr std::int64_t header = 40;
constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;
constexpr double gradient_seconds = 0.01;
constexpr double reference_speed = 1e9;
constexpr std::int64_t iterations = 3;

/// Dense uploads of all workers but those that skip or do not take part.
class Uploads final : public IterationSource {
 public:
  explicit Uploads(std::vector<Part> parts) : work_(one_exchange(d, std::move(parts))) {}
  [[nodiscard]] const EncodingNames& encodings() const override { return names_; }
  const IterationWork& next(const Dropped& /*absent*/) override { return work_; }
  using IterationSource::next;
  void finish(const Dropped& /*dropped*/) override {}
  using IterationSource::finish;

 private:
  EncodingNames names_ = testing_support::some_encodings();
  IterationWork work_;
};

struct Setting {
  int shards = 2;
  std::vector<Part> parts = std::vector<Part>(4, Part{.upload = dense_message(d)});
  network::PlatformConfig platform;
  ProtocolConfig protocol = {.uplink = Reception::concurrent};
  cost::ComputeConfig compute = {.seconds_per_gradient = {gradient_seconds}};
};

struct Outcome {
  std::vector<IterationRecord> records;
  std::vector<std::vector<WorkerTimes>> workers;
  std::vector<std::vector<ShardTimes>> shards;
  cost::ByteLedger ledger;
};

network::Platform built(network::Simulation& simulation, const Setting& setting) {
  network::Platform platform = build_platform(
      simulation, setting.platform, static_cast<int>(setting.parts.size()), {}, setting.shards);
  if (setting.protocol.server == ServerPlace::worker0) {
    for (std::size_t s = 0; s < platform.shards.size(); ++s) {
      platform.shards[s] = platform.workers[s];
    }
    platform.server = platform.workers.front();
  }
  return platform;
}

Outcome run(const Setting& setting) {
  Uploads uploads(setting.parts);
  network::Simulation simulation({});
  const network::Platform platform = built(simulation, setting);
  const ParameterServer server{.protocol = setting.protocol,
                               .cost_model = cost::CostModel({.compute = setting.compute,
                                                              .wire = {.header_bytes = header},
                                                              .encodings = uploads.encodings(),
                                                              .skip_flag = {1},
                                                              .server_shards = setting.shards})};
  Outcome outcome;
  outcome.ledger = server.run(simulation, platform, uploads, [&](const IterationRecord& record) {
    outcome.records.push_back(record);
    const ExchangeRecord& only = record.exchanges.front();
    outcome.workers.emplace_back(only.times.begin(), only.times.end());
    outcome.shards.emplace_back(only.shards.begin(), only.shards.end());
    return record.iteration < iterations;
  });
  return outcome;
}

double slice_bytes(int shards) { return static_cast<double>(4 * d / shards + header); }

using Case = std::tuple<int, Reception>;
class Star : public testing::TestWithParam<Case> {};

/// All slices of a message share the worker's link: S of them take as long as one of S headers.
TEST_P(Star, OfWorkersWhoseLinksAreTheBottleneckGainsNothingFromShards) {
  const auto [shards, uplink] = GetParam();
  const Outcome outcome = run({.shards = shards, .protocol = {.uplink = uplink}});

  const double message = latency + shards * slice_bytes(shards) / bandwidth;
  const double uploads = (uplink == Reception::sequential ? 4 : 1) * message;
  const double iteration = message + gradient_seconds + uploads;
  for (std::int64_t t = 1; t <= iterations; ++t) {
    const IterationRecord& record = outcome.records[static_cast<std::size_t>(t - 1)];
    EXPECT_NEAR(record.finished.value, static_cast<double>(t) * iteration, 1e-9);
    EXPECT_NEAR(record.busy.downlink.value, message, 1e-9);
    EXPECT_NEAR(record.busy.uplink.value, uploads, 1e-9);
  }
}

/// Each shard's port carries a slice of every worker's message.
TEST_P(Star, OfServersWhosePortsAreTheBottleneckTakesAnSthOfTheTime) {
  const auto [shards, uplink] = GetParam();
  const double port = bandwidth / 100;
  const Outcome outcome = run({.shards = shards,
                               .platform = {.server_bandwidth = BytesPerSecond{port}},
                               .protocol = {.uplink = uplink}});

  const double slices = 4 * slice_bytes(shards) / port;
  const double latencies = (uplink == Reception::sequential ? 4 : 1) * latency;
  EXPECT_NEAR(outcome.records.front().busy.downlink.value, latency + slices, 1e-9);
  EXPECT_NEAR(outcome.records.front().busy.uplink.value, latencies + slices, 1e-9);
  EXPECT_NEAR(outcome.records.front().duration.value,
              latency + slices + gradient_seconds + latencies + slices, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Shards, Star,
                         testing::Combine(testing::Values(2, 3, 8),
                                          testing::Values(Reception::sequential,
                                                          Reception::concurrent)),
                         [](const auto& test) {
                           return std::to_string(std::get<0>(test.param)) + "_" +
                                  testing::PrintToString(std::get<1>(test.param));
                         });

TEST(ShardedServer, CarriesSHeadersAndTheWholeMessageOfEach) {
  const Outcome outcome = run({.shards = 3});

  const Bytes each_way{4 * (4 * d + 3 * header)};
  for (const IterationRecord& record : outcome.records) {
    EXPECT_EQ(record.communication.uplink_wire, each_way);
    EXPECT_EQ(record.communication.downlink_wire, each_way);
    EXPECT_EQ(record.communication.rounds, 4);
    EXPECT_EQ(record.communication.uplink_payload, Bits{4 * 32 * d});
  }
  EXPECT_EQ(outcome.ledger.uplink, iterations * each_way);
  EXPECT_EQ(outcome.ledger.downlink, iterations * each_way);
  EXPECT_EQ(outcome.ledger.carried, 2 * iterations * each_way);
}

TEST(ShardedServer, TellsEveryShardThatAWorkerSkips) {
  const Outcome outcome = run({.shards = 3,
                               .parts = {Part{.upload = dense_message(d)}, Part{.skipped = true},
                                         Part{.gradients = 0, .takes_part = false}}});

  const Communication& sent = outcome.records.front().communication;
  EXPECT_EQ(sent.uplink_wire, Bytes{4 * d + 3 * header + 3 * (header + 1)});
  EXPECT_EQ(sent.downlink_wire, Bytes{2 * (4 * d + 3 * header)});
  EXPECT_EQ(sent.rounds, 1);
  EXPECT_EQ(sent.skipped, 1);
}

TEST(ShardedServer, DividesItsWorkAmongItsHosts) {
  Setting setting{.shards = 3};
  setting.compute.server_seconds_per_iteration = {0.3};
  setting.compute.server_seconds_per_upload = {0.06};
  setting.compute.adding_seconds_per_value = Seconds{1e-6};
  const Outcome outcome = run(setting);

  const double whole = 0.3 + 4 * (0.06 + 1e-6 * d);
  EXPECT_NEAR(outcome.records.front().busy.server.value, whole / 3, 1e-9);
  for (const ShardTimes& shard : outcome.shards.front()) {
    EXPECT_NEAR((shard.handling.end - shard.handling.begin).value, whole / 3, 1e-9);
  }
}

TEST(ShardedServer, EndsWithItsSlowestShard) {
  Setting setting{.shards = 2};
  setting.parts.resize(2);
  setting.protocol.server = ServerPlace::worker0;
  setting.platform.overrides = {{.worker = 1, .speed = FlopsPerSecond{reference_speed / 10}}};
  setting.compute.server_seconds_per_iteration = {0.2};
  const Outcome outcome = run(setting);

  const auto& shards = outcome.shards.front();
  EXPECT_NEAR((shards[0].handling.end - shards[0].handling.begin).value, 0.1, 1e-9);
  EXPECT_NEAR((shards[1].handling.end - shards[1].handling.begin).value, 1.0, 1e-9);
  EXPECT_NEAR(outcome.records.front().duration.value, shards[1].handling.end.value, 1e-9);
}

/// With shards on the hosts of workers 0 and 1: each of these sends one slice over the network, the
/// others both.
TEST(ShardedServer, OnTheWorkersHostsSendsNoBytesWithinAHost) {
  Setting setting{.shards = 2};
  setting.protocol.server = ServerPlace::worker0;
  const Outcome outcome = run(setting);

  const Bytes slice{2 * d + header};
  EXPECT_EQ(outcome.records.front().communication.uplink_wire, 6 * slice);
  EXPECT_EQ(outcome.records.front().communication.downlink_wire, 6 * slice);
  EXPECT_EQ(outcome.ledger.carried, 12 * iterations * slice);
  EXPECT_EQ(outcome.workers.front()[0].upload, slice);
  EXPECT_EQ(outcome.workers.front()[3].upload, 2 * slice);
  EXPECT_TRUE(outcome.workers.front()[0].remote);
}

TEST(ShardedServer, WithAFreeBroadcastChargesUploadsAlone) {
  Setting setting{.shards = 2};
  setting.protocol.broadcast = BroadcastKind::none;
  const Outcome outcome = run(setting);

  EXPECT_EQ(outcome.records.front().communication.downlink_wire, Bytes{0});
  EXPECT_NEAR(outcome.records.front().duration.value,
              gradient_seconds + latency + 2 * slice_bytes(2) / bandwidth, 1e-9);
}

/// More workers than one actor of a shard serves.
TEST(ShardedServer, ServesManyWorkersAtTheSameDates) {
  const auto upload = Part{.upload = dense_message(d)};
  const Outcome outcome = run({.shards = 2, .parts = std::vector<Part>(70, upload)});

  const double message = latency + 2 * slice_bytes(2) / bandwidth;
  EXPECT_NEAR(outcome.records.front().duration.value, 2 * message + gradient_seconds, 1e-9);
  EXPECT_EQ(outcome.ledger.uplink, iterations * Bytes{70 * (4 * d + 2 * header)});
}

TEST(ShardedServer, NeedsSlicesThatWereRecordedUnlessTheyFollow) {
  const Part sparse{.upload = testing_support::sparse_message(50)};
  EXPECT_THROW(run({.shards = 2, .parts = {sparse, sparse}}), InputError);
}

// With learning.

constexpr int learners = 4;

Problem& problem() {
  static testing_support::Quadratic quadratic(learners, testing_support::two_tensors(1000), 7, 0.2);
  return quadratic;
}

struct Learned {
  Vector parameters;
  Communication sent;
  cost::ByteLedger ledger;
};

Learned learn(const algorithms::AlgorithmConfig& algorithm, int shards) {
  constexpr std::int64_t rounds = 30;
  training::TaskPool pool(1);
  training::SynchronousTrainer trainer(
      {.algorithm = algorithm,
       .workers = learners,
       .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.02); },
       .server_shards = shards},
      problem(), pool);
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, learners, {}, shards);
  const ParameterServer server{
      .protocol = {},
      .cost_model = cost::CostModel({.compute = {},
                                     .wire = {.index = algorithms::IndexCoding::golomb},
                                     .encodings = trainer.encodings(),
                                     .skip_flag = {1},
                                     .server_shards = shards})};
  Learned learned;
  learned.ledger = server.run(simulation, platform, trainer, [&](const IterationRecord& record) {
    learned.sent += record.communication;
    return record.iteration < rounds;
  });
  learned.parameters = trainer.model()->plain();
  return learned;
}

class Method : public testing::TestWithParam<std::string> {};

/// One simulation per process: the model with one shard is that of a loop without a network.
TEST_P(Method, LearnsTheSameWithShards) {
  algorithms::AlgorithmConfig config{.name = GetParam()};
  const Learned learned = learn(config, 3);

  training::TaskPool pool(1);
  training::SynchronousTrainer trainer(
      {.algorithm = config,
       .workers = learners,
       .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.02); }},
      problem(), pool);
  for (int t = 0; t < 30; ++t) {
    static_cast<void>(trainer.next());
    trainer.finish();
  }
  EXPECT_EQ(learned.parameters, trainer.model()->plain());
  EXPECT_EQ(learned.ledger.uplink, learned.sent.uplink_wire);
  EXPECT_EQ(learned.ledger.downlink, learned.sent.downlink_wire);
  EXPECT_EQ(learned.ledger.carried, learned.sent.uplink_wire + learned.sent.downlink_wire);
}

INSTANTIATE_TEST_SUITE_P(Methods, Method,
                         testing::Values("sgd", "sparse", "lasg", "sasg", "qsgd", "ef_signsgd",
                                         "random_k", "laq"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace gradwire::protocols::sharded_exchange_test
