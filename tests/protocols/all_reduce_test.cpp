#include "sim/protocols/all_reduce/all_reduce.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/temporary_folder.hpp"
#include "sim/protocols/all_reduce/all_reduce_exchange.hpp"
#include "sim/protocols/all_reduce/composed_collective.hpp"
#include "sim/protocols/cached_exchange.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire::protocols::all_reduce_test {
namespace {

namespace fs = std::filesystem;

constexpr double exactness = 1e-9;  // relative
constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;

/// Seconds of a message between two hosts of the star or the cluster: two links.
double transfer(double bytes) { return 2 * latency + bytes / bandwidth; }

struct Setting {
  int workers = 4;
  ProtocolConfig protocol;
  std::string file;  ///< of hosts node-0, node-1, ...; empty: a star
};

ProtocolConfig all_reduce(CollectiveKind kind, std::optional<int> group_size = {}) {
  return {.kind = ProtocolKind::all_reduce, .collective = {.kind = kind, .group_size = group_size}};
}

network::PlatformConfig platform_of(const Setting& setting) {
  if (setting.file.empty()) return {};
  network::PlatformConfig config{.kind = network::PlatformKind::file};
  config.path = setting.file;
  for (int m = 0; m < setting.workers; ++m) config.workers.push_back("node-" + std::to_string(m));
  return config;
}

/// Calls `play` as an actor beside the workers' actors, with the exchange and the platform.
void with_exchange(const Setting& setting, MessageDurations* durations,
                   const std::function<void(AllReduceExchange&, const network::Simulation&,
                                            const network::Platform&)>& play) {
  network::Simulation simulation({});
  network::Platform platform = build_platform(simulation, platform_of(setting), setting.workers);
  platform.server = nullptr;
  const auto exchange =
      std::make_shared<AllReduceExchange>(simulation, platform, setting.protocol, durations);
  simulation.spawn(platform.workers.front(), "coordination", [&] {
    play(*exchange, simulation, platform);
    exchange->stop();
  });
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    simulation.spawn(platform.workers[m], "worker " + std::to_string(m),
                     [&, m] { exchange->work(static_cast<int>(m)); });
  }
  simulation.run();
}

cost::IterationTiming timing_of_one(const Setting& setting, const cost::IterationLoad& load) {
  cost::IterationTiming timing;
  with_exchange(setting, nullptr, [&](AllReduceExchange& exchange, const auto&, const auto&) {
    timing = exchange.run(load, [](const Dropped&) { return Flops{}; });
  });
  return timing;
}

/// All workers' dense vectors of d floats.
cost::IterationLoad sum_of(int workers, std::int64_t d) {
  cost::IterationLoad load{.model = {}, .workers = {}, .server = {}};
  load.summed = {.entries = d, .size = {32 * d}, .per_added_entry = {}};
  load.workers.resize(static_cast<std::size_t>(workers));
  for (cost::WorkerLoad& worker : load.workers) worker.upload = {4 * d};
  return load;
}

cost::IterationLoad gather_of(int workers, std::int64_t bytes) {
  cost::IterationLoad load = sum_of(workers, bytes / 4);
  load.summed.reset();
  return load;
}

double log2_of(int nodes) { return std::log2(static_cast<double>(nodes)); }

/// Closed forms of the time of summing n bytes among P nodes, P a power of two. [Thakur,
/// Rabenseifner, Gropp 2005]
double closed_form(CollectiveKind kind, int nodes, double bytes, int group_size) {
  switch (kind) {
    case CollectiveKind::ring:
      return 2 * (nodes - 1) * transfer(bytes / nodes);
    case CollectiveKind::tree:
      return 2 * log2_of(nodes) * transfer(bytes);
    case CollectiveKind::halving_doubling: {
      double seconds = 0;
      for (int parts = 2; parts <= nodes; parts *= 2) seconds += 2 * transfer(bytes / parts);
      return seconds;
    }
    case CollectiveKind::two_level:
      return closed_form(CollectiveKind::tree, group_size, bytes, 1) +
             closed_form(CollectiveKind::ring, nodes / group_size, bytes, 1);
  }
  return 0;
}

/// A zone of nodes with a link of their own each way.
std::string cluster_file() {
  static const TemporaryFolder folder("all-reduce");  // other tests run at the same time
  const fs::path path = folder.path() / "cluster.xml";
  std::ofstream(path) << R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="c" prefix="node-" suffix="" radical="0-15" speed="1Gf" bw="125MBps" lat="50us"/>
</platform>
)";
  return path.string();
}

struct Dates {
  CollectiveKind kind;
  int nodes;
  bool on_cluster;
};

class CollectiveDates : public testing::TestWithParam<Dates> {};

TEST_P(CollectiveDates, EqualTheirClosedForm) {
  const auto [kind, nodes, on_cluster] = GetParam();
  constexpr std::int64_t d = 409'600;
  constexpr int group_size = 4;
  const bool has_groups = kind == CollectiveKind::two_level;
  const Setting setting{
      .workers = nodes,
      .protocol = all_reduce(kind, has_groups ? std::optional(group_size) : std::nullopt),
      .file = on_cluster ? cluster_file() : ""};

  const cost::IterationTiming timing = timing_of_one(setting, sum_of(nodes, d));

  const double expected = closed_form(kind, nodes, 4.0 * d, group_size);
  EXPECT_NEAR(timing.duration.value, expected, exactness * expected);
  EXPECT_NEAR(timing.busy.uplink.value, expected, exactness * expected);
  EXPECT_EQ(timing.ledger.carried, timing.ledger.uplink);
}

std::vector<Dates> all_dates() {
  std::vector<Dates> all;
  for (const bool on_cluster : {false, true}) {
    for (const auto kind : {CollectiveKind::ring, CollectiveKind::tree,
                            CollectiveKind::halving_doubling, CollectiveKind::two_level}) {
      for (const int nodes : {4, 8, 16}) {
        all.push_back({.kind = kind, .nodes = nodes, .on_cluster = on_cluster});
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Platforms, CollectiveDates, testing::ValuesIn(all_dates()),
                         [](const auto& test) {
                           const Dates& dates = test.param;
                           return std::string(name_of(dates.kind, collective_choices)) +
                                  std::to_string(dates.nodes) +
                                  (dates.on_cluster ? "OnACluster" : "OnAStar");
                         });

TEST(HalvingDoubling, OfAnyNumberOfNodesPairsTheSurplusFirstAndLast) {
  constexpr std::int64_t d = 409'600;
  const cost::IterationTiming timing = timing_of_one(
      {.workers = 6, .protocol = all_reduce(CollectiveKind::halving_doubling)}, sum_of(6, d));

  const double expected =
      2 * transfer(4.0 * d) + closed_form(CollectiveKind::halving_doubling, 4, 4.0 * d, 1);
  EXPECT_NEAR(timing.duration.value, expected, exactness * expected);
}

TEST(RingGather, TakesOneStepPerOtherBlock) {
  constexpr int nodes = 8;
  const cost::IterationTiming timing = timing_of_one(
      {.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, gather_of(nodes, 40'000));

  EXPECT_NEAR(timing.duration.value, (nodes - 1) * transfer(40'000), 1e-12);
  EXPECT_EQ(timing.ledger.uplink, Bytes{nodes * (nodes - 1) * 40'000});
}

TEST(Ring, SendsTwoVectorsLessTwoChunksPerNodeIfTheNodesDoNotDivideTheVector) {
  constexpr int nodes = 7;
  constexpr std::int64_t d = 1003;
  const cost::IterationTiming timing = timing_of_one(
      {.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, sum_of(nodes, d));

  EXPECT_EQ(timing.ledger.uplink, Bytes{2 * (nodes - 1) * 4 * d});
  EXPECT_EQ(timing.ledger.carried, timing.ledger.uplink);
  for (const WorkerTimes& worker : timing.workers) {
    const double chunk = 4.0 * d / nodes;
    EXPECT_NEAR(static_cast<double>(worker.upload.value), 2 * 4.0 * d - 2 * chunk, 8);
  }
}

TEST(Ring, CountsTheHeaderOfEveryMessage) {
  constexpr int nodes = 4;
  cost::IterationLoad load = sum_of(nodes, 1000);
  load.header = {100};
  const cost::IterationTiming timing =
      timing_of_one({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, load);

  constexpr int messages = nodes * 2 * (nodes - 1);
  EXPECT_EQ(timing.ledger.uplink, Bytes{2 * (nodes - 1) * 4000 + 100 * messages});
}

TEST(Ring, AddsWhatItReceives) {
  constexpr int nodes = 4;
  constexpr std::int64_t d = 4000;
  cost::IterationLoad load = sum_of(nodes, d);
  load.summed->per_added_entry = {1e3};  // 1 us on these hosts
  const cost::IterationTiming timing =
      timing_of_one({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, load);

  const double expected =
      closed_form(CollectiveKind::ring, nodes, 4.0 * d, 1) + (nodes - 1) * (d / nodes) * 1e-6;
  EXPECT_NEAR(timing.duration.value, expected, exactness * expected);
}

TEST(Chunks, AreAddedWhileTheNextOnesCome) {
  constexpr int nodes = 4;
  constexpr std::int64_t d = 400'000;
  cost::IterationLoad load = sum_of(nodes, d);
  load.summed->per_added_entry = {4.0 / bandwidth * 1e9};  // as long as it takes to send it
  Setting setting{.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)};
  constexpr int pieces = 10;
  setting.protocol.chunk_bytes = 4 * d / nodes / pieces;

  const cost::IterationTiming timing = timing_of_one(setting, load);

  const double piece = transfer(4.0 * d / nodes / pieces);
  const double add = 4.0 * d / nodes / pieces / bandwidth;
  const double expected = (nodes - 1) * (pieces * piece + add) + (nodes - 1) * pieces * piece;
  EXPECT_NEAR(timing.duration.value, expected, exactness * expected);
}

TEST(Chunks, AreRefusedWhereAMessageHasTooMany) {
  constexpr int nodes = 4;
  constexpr std::int64_t d = 400'000;  // a ring's messages have d entries of 4 bytes / nodes
  Setting setting{.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)};
  const auto load = cost::IterationLoad(sum_of(nodes, d));
  setting.protocol.chunk_bytes = 4 * d / nodes / most_pieces;
  EXPECT_NO_THROW(CollectiveLoad(setting.protocol, load));
  setting.protocol.collective.kind = CollectiveKind::tree;  // whose messages have all d entries

  try {
    (void)timing_of_one(setting, load);
    FAIL() << "160,000 pieces";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "protocol.chunk_bytes: must be 0 or at least 160, so that a message of 1600000 "
                 "bytes has at most 10000 pieces, got 40");
  }
}

TEST(Chunks, OfAGatheredBlockAreCounted) {
  ProtocolConfig protocol = all_reduce(CollectiveKind::ring);
  protocol.chunk_bytes = 64;
  EXPECT_NO_THROW(CollectiveLoad(protocol, gather_of(4, 640'000)));
  EXPECT_THROW(CollectiveLoad(protocol, gather_of(4, 640'004)), InputError);
}

TEST(Gather, TheBlockOfAWorkerThatSkipsIsAFlag) {
  constexpr int nodes = 4;
  cost::IterationLoad load = gather_of(nodes, 40'000);
  load.workers[1].upload = load.workers[2].upload = {1};
  const cost::IterationTiming timing =
      timing_of_one({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, load);

  EXPECT_EQ(timing.ledger.uplink, Bytes{(nodes - 1) * (40'000 + 1 + 1 + 40'000)});
}

TEST(Gather, EveryWorkerHandlesAllUploads) {
  constexpr int nodes = 4;
  cost::IterationLoad load = gather_of(nodes, 40'000);
  load.server = {2e7};
  const cost::IterationTiming timing =
      timing_of_one({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, load);

  EXPECT_NEAR(timing.duration.value, (nodes - 1) * transfer(40'000) + 0.02, 1e-9);
  EXPECT_NEAR(timing.busy.server.value, 0.02, 1e-12);
  for (const WorkerTimes& worker : timing.workers) {
    EXPECT_NEAR((worker.handling.end - worker.handling.begin).value, 0.02, 1e-12);
  }
}

TEST(AllReduce, ACollectiveBeginsForAWorkerWithItsFirstTransfer) {
  constexpr int nodes = 4;
  cost::IterationLoad load = sum_of(nodes, 1000);
  load.workers[2].compute = {1e9};  // one second; the others wait for it
  const cost::IterationTiming timing =
      timing_of_one({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, load);

  EXPECT_NEAR(timing.workers[2].uplink.begin.value, 1.0, 1e-12);
  EXPECT_NEAR(timing.workers[3].uplink.begin.value, 0.0, 1e-12);  // sends to worker 0 at once
  EXPECT_NEAR(timing.busy.compute.value, 1.0, 1e-12);
}

// Buckets

cost::IterationLoad with_backward(int workers, std::int64_t d, double gradient) {
  cost::IterationLoad load = sum_of(workers, d);
  for (cost::WorkerLoad& worker : load.workers) {
    worker.compute = {1e9 * gradient};
    worker.backward = {1e9 * gradient * cost::backward_share};
  }
  return load;
}

TEST(Buckets, OfAFastNetworkLeaveTheLastOnesTimeAfterTheComputation) {
  constexpr int nodes = 4, buckets = 5;
  constexpr std::int64_t d = 40'000;
  Setting setting{.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)};
  setting.protocol.buckets = buckets;
  const cost::IterationTiming timing = timing_of_one(setting, with_backward(nodes, d, 1.0));

  const double expected = 1.0 + closed_form(CollectiveKind::ring, nodes, 4.0 * d / buckets, 1);
  EXPECT_NEAR(timing.duration.value, expected, exactness * expected);
  EXPECT_EQ(timing.ledger.uplink, Bytes{2 * (nodes - 1) * 4 * d});
  EXPECT_NEAR(timing.busy.compute.value, 1.0, 1e-9);
}

TEST(Buckets, OfASlowNetworkBeginWhenTheFirstIsReady) {
  constexpr int nodes = 4, buckets = 5;
  constexpr std::int64_t d = 40'000'000;
  Setting setting{.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)};
  setting.protocol.buckets = buckets;
  const cost::IterationTiming timing = timing_of_one(setting, with_backward(nodes, d, 0.3));

  const double first_ready = 0.1 + 0.2 / buckets;
  const double expected =
      first_ready + buckets * closed_form(CollectiveKind::ring, nodes, 4.0 * d / buckets, 1);
  EXPECT_NEAR(timing.duration.value, expected, exactness * expected);
  EXPECT_NEAR(timing.workers[0].uplink.begin.value, first_ready, 1e-9);
  EXPECT_NEAR(timing.workers[0].compute.end.value, 0.3, 1e-9);
}

// Composed timings

cost::IterationLoad random_load(int workers, bool sums, RandomStream& random) {
  cost::IterationLoad load = sums ? sum_of(workers, 1003) : gather_of(workers, 4000);
  load.server = {1e6};
  load.header = {40};
  if (sums) load.summed->per_added_entry = {50};
  for (std::size_t m = 0; m < load.workers.size(); ++m) {
    cost::WorkerLoad& worker = load.workers[m];
    worker.compute = {1e7 * random.uniform()};
    worker.upload = {random.uniform() < 0.5 ? 41 : 3'000};
  }
  return load;
}

void expect_same(const cost::IterationTiming& composed, const cost::IterationTiming& simulated) {
  EXPECT_NEAR(composed.duration.value, simulated.duration.value, exactness);
  EXPECT_EQ(composed.ledger.uplink, simulated.ledger.uplink);
  EXPECT_EQ(composed.ledger.carried, simulated.ledger.carried);
  EXPECT_NEAR(composed.busy.uplink.value, simulated.busy.uplink.value, exactness);
  EXPECT_NEAR(composed.busy.server.value, simulated.busy.server.value, exactness);
  for (std::size_t m = 0; m < composed.workers.size(); ++m) {
    const WorkerTimes &a = composed.workers[m], &b = simulated.workers[m];
    EXPECT_NEAR(a.compute.end.value, b.compute.end.value, exactness) << m;
    EXPECT_NEAR(a.uplink.begin.value, b.uplink.begin.value, exactness) << m;
    EXPECT_NEAR(a.uplink.end.value, b.uplink.end.value, exactness) << m;
    EXPECT_NEAR(a.handling.end.value, b.handling.end.value, exactness) << m;
    EXPECT_EQ(a.upload, b.upload) << m;
  }
}

/// Number of iterations composed, of 40 simulated.
int compare(const Setting& setting, bool sums) {
  int composed = 0;
  MessageDurations durations;
  with_exchange(setting, &durations,
                [&](AllReduceExchange& exchange, const network::Simulation& simulation,
                    const network::Platform& platform) {
                  ComposedCollective composer(simulation, platform, setting.protocol, durations);
                  RandomStream random = stream(7, "loads");
                  for (int t = 0; t < 40; ++t) {
                    const cost::IterationLoad load = random_load(setting.workers, sums, random);
                    std::optional<cost::IterationTiming> together;
                    if (const auto* timing = composer.timing(load)) together = *timing;
                    const cost::IterationTiming simulated =
                        exchange.run(load, [](const Dropped&) { return Flops{}; });
                    composer.learn(load, simulated);
                    if (!together) continue;
                    ++composed;
                    expect_same(*together, simulated);
                  }
                });
  return composed;
}

struct Composition {
  CollectiveKind kind;
  bool sums;
};

class ComposedCollectives : public testing::TestWithParam<Composition> {};

TEST_P(ComposedCollectives, AgreeWithTheirSimulation) {
  const auto [kind, sums] = GetParam();
  const bool has_groups = kind == CollectiveKind::two_level;
  const Setting setting{.workers = 6,
                        .protocol = all_reduce(kind, has_groups ? std::optional(4) : std::nullopt)};

  EXPECT_GT(compare(setting, sums), 20);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ComposedCollectives,
                         testing::Values(Composition{CollectiveKind::ring, false},
                                         Composition{CollectiveKind::tree, false},
                                         Composition{CollectiveKind::halving_doubling, false},
                                         Composition{CollectiveKind::two_level, false},
                                         Composition{CollectiveKind::ring, true},
                                         Composition{CollectiveKind::tree, true},
                                         Composition{CollectiveKind::halving_doubling, true},
                                         Composition{CollectiveKind::two_level, true}),
                         [](const auto& test) {
                           return std::string(test.param.sums ? "Sum_" : "Gather_") +
                                  std::string(name_of(test.param.kind, collective_choices));
                         });

TEST(ComposedCollective, IsNotOfMessagesThatShareALink) {
  Setting setting{.workers = 10, .protocol = all_reduce(CollectiveKind::halving_doubling)};
  MessageDurations durations;
  network::Simulation simulation({});
  network::PlatformConfig config{.kind = network::PlatformKind::file};
  config.path = std::string(GRADWIRE_PLATFORMS) + "/two-racks-oversubscribed.xml";
  for (int m = 0; m < 10; ++m) config.workers.push_back("worker-" + std::to_string(m));
  const network::Platform platform = build_platform(simulation, config, 10);
  durations.add(0, 1, Bytes{1}, Seconds{1});
  ComposedCollective composer(simulation, platform, setting.protocol, durations);

  EXPECT_EQ(composer.timing(gather_of(10, 4000)), nullptr);
}

// Through the whole loop

/// Iterations made by hand.
class MadeIterations final : public IterationSource {
 public:
  explicit MadeIterations(std::vector<IterationWork> work) : work_(std::move(work)) {}
  const IterationWork& next(const Dropped&) override { return work_.at(next_++); }
  void finish(const Dropped&) override {}
  [[nodiscard]] const EncodingNames& encodings() const override { return encodings_; }

 private:
  EncodingNames encodings_ = testing_support::some_encodings();
  std::vector<IterationWork> work_;
  std::size_t next_ = 0;
};

std::vector<IterationRecord> play(const Setting& setting, std::vector<IterationWork> work,
                                  cost::CostModel::Config costs, cost::ByteLedger* ledger) {
  network::Simulation simulation({});
  network::Platform platform = build_platform(simulation, platform_of(setting), setting.workers);
  platform.server = nullptr;
  costs.encodings = testing_support::some_encodings();
  costs.has_server = false;
  const auto count = static_cast<std::int64_t>(work.size());
  MadeIterations iterations(std::move(work));
  std::vector<IterationRecord> records;
  *ledger = AllReduce{.protocol = setting.protocol, .cost_model = cost::CostModel(costs)}.run(
      simulation, platform, iterations, [&](const IterationRecord& record) {
        records.push_back(record);
        return record.iteration < count;
      });
  return records;
}

IterationWork sparse_iteration(int workers, const std::vector<bool>& skips) {
  std::vector<Part> parts;
  for (int m = 0; m < workers; ++m) {
    const bool skipped = skips[static_cast<std::size_t>(m)];
    parts.push_back({.skipped = skipped,
                     .upload = skipped ? Transmission{} : testing_support::sparse_message(10)});
  }
  return testing_support::one_exchange(1000, parts);
}

TEST(AllReduce, CountsWhatWorkersSendAsUplinkAndNothingDown) {
  constexpr int nodes = 4;
  cost::ByteLedger ledger;
  const auto records =
      play({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)},
           {sparse_iteration(nodes, {false, true, false, false})},
           {.compute = {}, .wire = {}, .encodings = {}, .skip_flag = {1}}, &ledger);

  const Communication& sent = records.front().communication;
  EXPECT_EQ(sent.rounds, 3);
  EXPECT_EQ(sent.skipped, 1);
  EXPECT_EQ(sent.uplink_payload, Bits{3 * 320});
  EXPECT_EQ(sent.uplink_wire, Bytes{(nodes - 1) * (3 * 80 + 1)});
  EXPECT_EQ(sent.downlink_wire, Bytes{0});
  EXPECT_EQ(ledger.uplink, sent.uplink_wire);
  EXPECT_EQ(ledger.carried, sent.uplink_wire);
  EXPECT_EQ(records.front().busy.downlink, Seconds{});
}

TEST(AllReduce, DenseLazyUploadsAreSummedWhole) {
  constexpr int nodes = 4;
  std::vector<Part> parts(nodes, Part{.skipped = true, .upload = {}});
  IterationWork nobody = testing_support::one_exchange(1000, parts);
  nobody.exchanges.front().summable = true;  // as of any method of which all workers skip
  parts[2] = {.upload = testing_support::dense_message(1000)};
  IterationWork one = testing_support::one_exchange(1000, parts);
  one.exchanges.front().summable = true;
  cost::ByteLedger ledger;
  const auto records = play(
      {.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, {nobody, one},
      {.compute = {}, .wire = {}, .encodings = {}, .skip_flag = {1}, .sends_dense = true}, &ledger);

  for (const IterationRecord& record : records) {
    EXPECT_EQ(record.communication.uplink_wire, Bytes{2 * (nodes - 1) * 4000});
  }
  EXPECT_EQ(records[0].communication.rounds, 0);
  EXPECT_EQ(records[1].communication.rounds, 1);
}

TEST(AllReduce, DependentExchangesAreCollectivesOneAfterTheOther) {
  constexpr int nodes = 4;
  IterationWork work{.parameters = 1000, .exchanges = {}, .train = {}, .test = {}};
  for (const std::int64_t factors : {80, 200}) {  // as of PowerSGD
    Exchange exchange =
        testing_support::one_exchange(
            1000, std::vector<Part>(
                      nodes, {.gradients = 0, .upload = testing_support::dense_message(factors)}))
            .exchanges.front();
    exchange.summable = true;
    work.exchanges.push_back(exchange);
  }
  cost::ByteLedger ledger;
  const auto records =
      play({.workers = nodes, .protocol = all_reduce(CollectiveKind::ring)}, {work},
           {.compute = {}, .wire = {}, .encodings = {}, .skip_flag = {1}}, &ledger);

  const double expected = closed_form(CollectiveKind::ring, nodes, 4.0 * 80, 1) +
                          closed_form(CollectiveKind::ring, nodes, 4.0 * 200, 1);
  EXPECT_NEAR(records.front().duration.value, expected, exactness * expected);
  EXPECT_EQ(ledger.uplink, Bytes{2 * (nodes - 1) * 4 * (80 + 200)});
  EXPECT_EQ(records.front().communication.rounds, 2 * nodes);
}

TEST(AllReduce, ComposesGathersWhoeverSkips) {
  constexpr int nodes = 8;
  RandomStream random = stream(3, "skips");
  std::vector<IterationWork> work;
  for (int t = 0; t < 500; ++t) {
    std::vector<bool> skips;
    for (int m = 0; m < nodes; ++m) skips.push_back(random.uniform() < 0.5);
    work.push_back(sparse_iteration(nodes, skips));
  }
  cost::ByteLedger ledger;
  const auto records =
      play({.workers = nodes, .protocol = all_reduce(CollectiveKind::tree)}, work,
           {.compute = {}, .wire = {}, .encodings = {}, .skip_flag = {1}}, &ledger);

  Bytes sent;
  for (const IterationRecord& record : records) sent += record.communication.uplink_wire;
  EXPECT_EQ(records.size(), 500U);
  EXPECT_EQ(ledger.uplink, sent);
  EXPECT_EQ(ledger.carried, sent);
}

// Parts of a ring's vector differ by one entry, whose adding takes less than SimGrid's timing
// precision: what it simulates as one event are two in a composition.
TEST(AllReduce, ComposesSumsWhosePartsAreUnequalAndWhoseWorkersAreNot) {
  for (const CollectiveKind kind : {CollectiveKind::ring, CollectiveKind::tree}) {
    const int nodes = 4;
    IterationWork iteration = testing_support::one_exchange(
        407'050, std::vector<Part>(nodes, {.upload = testing_support::dense_message(407'050)}));
    iteration.exchanges.front().summable = true;
    cost::ComputeConfig compute{.seconds_per_gradient = {0.01}};
    compute.jitter = 0.5;
    compute.adding_seconds_per_value = Seconds{4e-10};
    std::vector<IterationRecord> records;
    cost::ByteLedger ledger;
    const auto play_in_child = [&] {
      records = play({.workers = nodes, .protocol = all_reduce(kind)},
                     std::vector<IterationWork>(100, iteration),
                     {.compute = compute, .wire = {}, .encodings = {}}, &ledger);
      std::exit(records.size() == 100 ? 0 : 1);
    };
    EXPECT_EXIT(play_in_child(), testing::ExitedWithCode(0), "");
  }
}

// SimGrid's own collectives

/// What a command writes; nullopt if it fails.
std::optional<std::string> output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen((command + " 2>/dev/null").c_str(), "r"), ::pclose);
  if (!pipe) return std::nullopt;
  std::string text;
  std::array<char, 256> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  return text;
}

struct OfSmpi {
  CollectiveKind kind;
  std::string algorithm;  ///< smpi/allreduce
  int nodes;
  std::int64_t entries;
  double tolerance;  ///< relative
};

class Smpi : public testing::TestWithParam<OfSmpi> {};

TEST_P(Smpi, TakesAsLong) {
  if (std::system("command -v smpicc smpirun >/dev/null 2>&1") !=
      0) {  // NOLINT(*-command-processor)
    GTEST_SKIP() << "smpicc and smpirun are not installed (libsimgrid-dev)";
  }
  const OfSmpi& of = GetParam();
  const TemporaryFolder own("smpi");
  const fs::path& folder = own.path();
  const std::string program = (folder / "all_reduce").string();
  ASSERT_TRUE(output_of("smpicc -O1 " GRADWIRE_TESTS "/protocols/all_reduce.c -o " + program));
  std::ofstream hosts(folder / "hosts");
  for (int n = 0; n < of.nodes; ++n) hosts << "node-" << n << "\n";
  hosts.close();
  const auto text = output_of(
      "smpirun -np " + std::to_string(of.nodes) + " -platform " + cluster_file() + " -hostfile " +
      (folder / "hosts").string() +
      " --log=root.thresh:critical --cfg=network/model:CM02 --cfg=network/crosstraffic:0"
      " --cfg=smpi/bw-factor:0:1 --cfg=smpi/lat-factor:0:1 --cfg=smpi/simulate-computation:no"
      " --cfg=smpi/allreduce:" +
      of.algorithm + " " + program + " " + std::to_string(of.entries));
  ASSERT_TRUE(text && text->starts_with("seconds ")) << text.value_or("");
  const double theirs = std::stod(text->substr(8));

  const Setting setting{
      .workers = of.nodes, .protocol = all_reduce(of.kind), .file = cluster_file()};
  const double ours = timing_of_one(setting, sum_of(of.nodes, of.entries)).duration.value;

  EXPECT_NEAR(ours, theirs, of.tolerance * theirs);
  fs::remove_all(folder);
}

std::vector<OfSmpi> all_of_smpi() {
  std::vector<OfSmpi> all;
  for (const int nodes : {4, 8, 16}) {
    for (const auto& [entries, tolerance] :
         {std::pair<std::int64_t, double>{409'600, 0.01}, {407'050, 0.025}}) {
      all.push_back({CollectiveKind::ring, "lr", nodes, entries, tolerance});
      all.push_back({CollectiveKind::halving_doubling, "rab_rdb", nodes, entries, tolerance});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Collectives, Smpi, testing::ValuesIn(all_of_smpi()), [](const auto& test) {
  return test.param.algorithm + "_" + std::to_string(test.param.nodes) + "_" +
         std::to_string(test.param.entries);
});

}  // namespace
}  // namespace gradwire::protocols::all_reduce_test
