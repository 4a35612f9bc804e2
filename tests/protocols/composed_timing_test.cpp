#include "sim/protocols/parameter_server/composed_timing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/protocols/cached_exchange.hpp"
#include "sim/protocols/parameter_server/waiting_exchange.hpp"

namespace gradwire::protocols::composed_timing_test {
namespace {

constexpr double exactness = 1e-9;  // seconds
constexpr int iterations = 60;

/// Configuration in which iterations are simulated and composed.
struct Setting {
  std::string name;
  std::string file;  ///< platform; empty: a star
  std::vector<network::WorkerOverride> overrides;
  network::NetworkConfig network;
  ProtocolConfig protocol;
  std::string server = "server";
  std::vector<std::string> hosts;         ///< of the file's workers; empty: worker-0 to worker-9
  double shortest = 0.01, longest = 0.5;  ///< range of the computations, in seconds
};

void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

network::PlatformConfig platform_of(const Setting& setting) {
  if (setting.file.empty()) return {.overrides = setting.overrides};
  network::PlatformConfig config{.kind = network::PlatformKind::file};
  config.path = std::string(GRADWIRE_PLATFORMS) + "/" + setting.file;
  config.server = setting.server;
  config.workers = setting.hosts;
  for (int m = 0; setting.hosts.empty() && m < 10; ++m) {
    config.workers.push_back("worker-" + std::to_string(m));
  }
  return config;
}

/// Each worker sends or skips at random, and computes for a random time.
cost::IterationLoad random_load(const Setting& setting, std::size_t workers, RandomStream& random) {
  cost::IterationLoad load{.model = {40'000}, .workers = {}, .server = {1e7 * random.uniform()}};
  for (std::size_t m = 0; m < workers; ++m) {
    const double seconds =
        setting.shortest + (setting.longest - setting.shortest) * random.uniform();
    const bool skips = random.uniform() < 0.5;
    load.workers.push_back({.compute = {1e9 * seconds},
                            .auxiliary = {3e8 * seconds},
                            .upload = {skips ? 1 : 3'000 + 100 * static_cast<std::int64_t>(m)},
                            .coding = {skips ? 0.0 : 1e8 * seconds}});
  }
  return load;
}

void expect_equal(Interval a, Interval b) {
  EXPECT_NEAR(a.begin.value, b.begin.value, exactness);
  EXPECT_NEAR(a.end.value, b.end.value, exactness);
}

void expect_equal(const cost::IterationTiming& a, const cost::IterationTiming& b) {
  EXPECT_NEAR(a.duration.value, b.duration.value, exactness);
  ASSERT_EQ(a.workers.size(), b.workers.size());
  for (std::size_t m = 0; m < a.workers.size(); ++m) {
    const WorkerTimes &x = a.workers[m], &y = b.workers[m];
    expect_equal(x.downlink, y.downlink);
    expect_equal(x.compute, y.compute);
    expect_equal(x.uplink, y.uplink);
    EXPECT_NEAR(x.auxiliary.value, y.auxiliary.value, exactness);
    EXPECT_EQ(x.model, y.model);
    EXPECT_EQ(x.upload, y.upload);
    EXPECT_FALSE(x.dropped);
  }
  EXPECT_NEAR(a.busy.uplink.value, b.busy.uplink.value, exactness);
  EXPECT_NEAR(a.busy.downlink.value, b.busy.downlink.value, exactness);
  EXPECT_NEAR(a.busy.compute.value, b.busy.compute.value, exactness);
  EXPECT_NEAR(a.busy.auxiliary_compute.value, b.busy.auxiliary_compute.value, exactness);
  EXPECT_NEAR(a.busy.server.value, b.busy.server.value, exactness);
  EXPECT_EQ(a.ledger.uplink, b.ledger.uplink);
  EXPECT_EQ(a.ledger.downlink, b.ledger.downlink);
  EXPECT_EQ(a.ledger.carried, b.ledger.carried);
}

/// Simulates all iterations of `setting` and compares each with the timing composed before from
/// earlier ones, if there is one. Returns the number of composed iterations.
int compare(const Setting& setting) {
  network::Simulation simulation(setting.network);
  network::Platform platform = build_platform(simulation, platform_of(setting), 10);
  if (setting.protocol.server == ServerPlace::worker0) platform.server = platform.workers.front();
  WaitingExchange rounds(simulation, platform, setting.protocol);
  ComposedTiming phases(simulation, platform, setting.protocol);
  int composed = 0;
  const std::size_t workers = platform.workers.size();
  simulation.spawn(platform.server, "server", [&] {
    RandomStream random = stream(5, "loads");
    for (int t = 0; t < iterations; ++t) {
      const cost::IterationLoad load = random_load(setting, workers, random);
      std::optional<cost::IterationTiming> together;
      if (const cost::IterationTiming* timing = phases.timing(load)) together = *timing;
      const cost::IterationTiming simulated = rounds.run(load, {});
      if (together) {
        ++composed;
        expect_equal(*together, simulated);
      }
      phases.learn(load, simulated);
    }
    rounds.stop();
  });
  for (std::size_t m = 0; m < workers; ++m) {
    simulation.spawn(platform.workers[m], "worker " + std::to_string(m),
                     [&rounds, m] { rounds.work(static_cast<int>(m)); });
  }
  simulation.run();
  return composed;
}

const std::vector<network::WorkerOverride> unequal{
    {.worker = 1, .uplink = BytesPerSecond{1e6}, .speed = FlopsPerSecond{3e8}},
    {.worker = 4, .downlink = BytesPerSecond{4e5}, .latency = Seconds{0.02}},
    {.worker = 7, .uplink = BytesPerSecond{3e7}, .latency = Seconds{1e-3}}};

class PutTogether : public testing::TestWithParam<Setting> {};

/// Nearly all iterations are composed, once each worker has sent once and skipped once.
TEST_P(PutTogether, TakesAsLongAsSimulated) { EXPECT_GT(compare(GetParam()), iterations - 15); }

INSTANTIATE_TEST_SUITE_P(
    Platforms, PutTogether,
    testing::Values(
        Setting{.name = "star"}, Setting{.name = "unequal_workers", .overrides = unequal},
        Setting{.name = "lv08",
                .overrides = unequal,
                .network = {.model = network::NetworkModel::lv08}},
        Setting{
            .name = "acknowledgements",
            .network = {.model = network::NetworkModel::cm02, .factors = {.crosstraffic = true}}},
        Setting{.name = "server_among_workers", .protocol = {.server = ServerPlace::worker0}},
        Setting{.name = "free_broadcast",
                .overrides = unequal,
                .protocol = {.broadcast = BroadcastKind::none}},
        Setting{.name = "tree",
                .overrides = unequal,
                .protocol = {.broadcast = BroadcastKind::binomial},
                .shortest = 0.3},
        Setting{.name = "waiting_server", .protocol = {.on_failure = OnFailure::wait}},
        Setting{.name = "concurrent",
                .overrides = unequal,
                .protocol = {.uplink = Reception::concurrent}},
        Setting{.name = "shared_port", .file = "shared-port-1gbps.xml"},
        Setting{.name = "two_racks", .file = "two-racks-oversubscribed.xml"},
        Setting{.name = "fat_tree",
                .file = "fat-tree-16.xml",
                .server = "node-0",
                .hosts = {"node-1", "node-6", "node-3", "node-15", "node-8"}},
        Setting{.name = "wide_area", .file = "wide-area-federation.xml"},
        Setting{.name = "wide_area_tree",
                .file = "wide-area-federation.xml",
                .protocol = {.broadcast = BroadcastKind::binomial},
                .shortest = 0.3},
        Setting{.name = "edge", .file = "edge-100.xml"},
        Setting{.name = "edge_concurrent",
                .file = "edge-100.xml",
                .protocol = {.uplink = Reception::concurrent}}),
    [](const auto& test) { return test.param.name; });

class Simulated : public testing::TestWithParam<Setting> {};

TEST_P(Simulated, WhereMessagesMeetOrHostsAreShared) { EXPECT_EQ(compare(GetParam()), 0); }

INSTANTIATE_TEST_SUITE_P(
    Platforms, Simulated,
    testing::Values(
        // The effect of uploads on each other, and of acknowledgements on messages, is not known.
        Setting{.name = "concurrent_uploads_on_one_port",
                .file = "shared-port-1gbps.xml",
                .protocol = {.uplink = Reception::concurrent}},
        Setting{
            .name = "acknowledgements_of_a_slow_download",
            .overrides = {{.worker = 4, .downlink = BytesPerSecond{4e4}}},
            .network = {.model = network::NetworkModel::cm02, .factors = {.crosstraffic = true}}},
        Setting{
            .name = "concurrent_along_a_tree",
            .protocol = {.uplink = Reception::concurrent, .broadcast = BroadcastKind::binomial}},
        Setting{.name = "two_workers_on_one_host",
                .file = "star10-1gbps.xml",
                .hosts = {"worker-0", "worker-0", "worker-1"}}),
    [](const auto& test) { return test.param.name; });

TEST(ComposedTiming, ThatMeetNowAndThenAreToldApart) {
  // Worker 4 receives its model after 0.2 s; worker 0 sends after 0.01 to 0.4 s.
  const int composed = compare({.overrides = {{.worker = 4, .downlink = BytesPerSecond{2e5}}},
                                .network = {.factors = {.crosstraffic = true}},
                                .shortest = 0.01,
                                .longest = 0.4});

  EXPECT_GT(composed, iterations / 4);
  EXPECT_LT(composed, 3 * iterations / 4);
}

/// Executes `serve(exchange, cached)` in the server's actor, on a star of ten workers.
template <class Serve>
void with_cached_exchange(Serve serve) {
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, 10);
  WaitingExchange exchange(simulation, platform, {});
  simulation.spawn(platform.server, "server", [&] {
    serve(exchange, ComposedTiming(simulation, platform, {}));
    exchange.stop();
  });
  for (int m = 0; m < 10; ++m) {
    simulation.spawn(platform.workers[static_cast<std::size_t>(m)], "worker " + std::to_string(m),
                     [&exchange, m] { exchange.work(m); });
  }
  simulation.run();
}

/// Passes on to another pattern; makes every upload longer once `drifts` is set.
class Drifting final : public ExchangePattern {
 public:
  explicit Drifting(ExchangePattern& exact) : exact_(exact) {}
  const cost::IterationTiming& run(const cost::IterationLoad& load,
                                   const ServerWork& server) override {
    newest_ = exact_.run(load, server);
    if (drifts) newest_.workers[3].uplink.end += Seconds{1e-6};
    return newest_;
  }
  [[nodiscard]] Seconds now() const override { return exact_.now(); }
  void stop() override {}

  bool drifts = false;

 private:
  ExchangePattern& exact_;
  cost::IterationTiming newest_;
};

void run_random_iterations(CachedExchange& cached, int count) {
  RandomStream random = stream(5, "loads");
  for (int t = 0; t < count; ++t) {
    const cost::IterationLoad load = random_load({}, 10, random);
    cached.run(load, [&](const Dropped&) { return load.server; });
  }
}

TEST(CachedExchange, SimulatesWhatIsNewInAPhaseAndNotEveryCombination) {
  std::int64_t before_checks = 0, all = 0;
  with_cached_exchange([&](ExchangePattern& exact, ComposedTiming composed) {
    Drifting simulated(exact);
    CachedExchange cached(simulated, std::move(composed));
    run_random_iterations(cached, 1000);
    before_checks = cached.simulated();
    cached.stop();
    all = cached.simulated();
  });

  EXPECT_LT(before_checks, 15);
  EXPECT_EQ(all - before_checks, 5);  // the 1st, 4th, 16th, 64th and 256th composed one
}

TEST(CachedExchange, FailsWhereACompositionDoesNotAgreeWithItsSimulation) {
  std::string error;
  with_cached_exchange([&](ExchangePattern& exact, ComposedTiming composed) {
    Drifting simulated(exact);
    CachedExchange cached(simulated, std::move(composed));
    run_random_iterations(cached, 100);
    simulated.drifts = true;
    try {
      cached.stop();
    } catch (const std::logic_error& wrong) {
      error = wrong.what();
    }
  });

  EXPECT_THAT(error, testing::MatchesRegex("iteration [0-9]+, composed from parts, does not agree "
                                           "with its simulation: the end of the upload of worker 3 "
                                           "is .* s composed, .* s simulated"));
}

}  // namespace
}  // namespace gradwire::protocols::composed_timing_test
