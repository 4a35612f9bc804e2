#include "sim/network/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "sim/network/channel.hpp"
#include "sim/network/platforms/platform.hpp"

namespace gradwire::network::simulation_test {
namespace {

constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;
constexpr double tolerance = 1e-9;

/// Four workers that each send `size` bytes to the server at once.
struct Uploads {
  explicit Uploads(const NetworkConfig& config = {})
      : simulation(config), platform(build_platform(simulation, {}, 4)) {
    for (std::size_t m = 0; m < 4; ++m) {
      inbox.emplace_back("from " + std::to_string(m), platform.server);
      simulation.spawn(platform.workers[m], "worker",
                       [this, m] { inbox[m].send(static_cast<int>(m), {size}); });
    }
  }
  /// Arrival time of each upload, in seconds.
  std::vector<double> dates(bool posted_at_once) {
    std::vector<double> result;
    simulation.spawn(platform.server, "server", [&] {
      std::vector<Channel<int>::Receiving> posted;
      if (posted_at_once) {
        for (auto& channel : inbox) posted.push_back(channel.start_receive());
      }
      for (std::size_t m = 0; m < 4; ++m) {
        result.push_back((posted_at_once ? posted[m].get() : inbox[m].receive()).finished.value);
      }
    });
    simulation.run();
    return result;
  }

  std::int64_t size = 1'000'000;
  Simulation simulation;
  Platform platform;
  std::vector<Channel<int>> inbox;
};

double transfer_seconds(std::int64_t bytes) {
  return latency + static_cast<double>(bytes) / bandwidth;
}

TEST(Channel, UploadsReceivedOneAfterTheOtherAddUp) {
  Uploads uploads;

  const auto dates = uploads.dates(false);

  for (std::size_t m = 0; m < 4; ++m) {
    EXPECT_NEAR(dates[m], static_cast<double>(m + 1) * transfer_seconds(uploads.size), tolerance);
  }
}

TEST(Channel, UploadsOverSeparateLinksOverlapWhenAllReceivesArePosted) {
  Uploads uploads;

  const auto dates = uploads.dates(true);

  for (const double date : dates) EXPECT_NEAR(date, transfer_seconds(uploads.size), tolerance);
}

TEST(Channel, Lv08ScalesLatencyAndBandwidthByItsFactors) {
  Uploads uploads({.model = NetworkModel::lv08, .factors = {}});

  const auto dates = uploads.dates(true);

  const double expected = 13.01 * latency + 1e6 / (0.97 * bandwidth);
  for (const double date : dates) EXPECT_NEAR(date, expected, tolerance);
}

TEST(Channel, GivenFactorsReplaceTheModelsOwn) {
  Uploads uploads({.model = NetworkModel::lv08, .factors = {.bandwidth = 0.5, .latency = 2.0}});

  const auto dates = uploads.dates(true);

  for (const double date : dates) {
    EXPECT_NEAR(date, 2.0 * latency + 1e6 / (0.5 * bandwidth), tolerance);
  }
}

TEST(Channel, ABroadcastOfStartedSendsOverlaps) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 3);
  std::vector<Channel<int>> out;
  for (std::size_t m = 0; m < 3; ++m)
    out.emplace_back("to " + std::to_string(m), platform.workers[m]);
  double last = 0.0;
  for (std::size_t m = 0; m < 3; ++m) {
    simulation.spawn(platform.workers[m], "worker",
                     [&, m] { last = out[m].receive().finished.value; });
  }
  simulation.spawn(platform.server, "server", [&] {
    std::vector<Channel<int>::Sending> sends;
    for (auto& channel : out) sends.push_back(channel.start_send(1, {1'000'000}));
    for (const auto& send : sends) send->wait();
  });

  simulation.run();

  EXPECT_NEAR(last, transfer_seconds(1'000'000), tolerance);
}

TEST(Channel, MessagesInsideOneHostCostNothing) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 1);
  Channel<int> channel("self", platform.server);
  simulation.spawn(platform.server, "sender", [&] { channel.send(1, {1'000'000'000}); });
  double date = -1.0;
  simulation.spawn(platform.server, "receiver", [&] { date = channel.receive().finished.value; });

  simulation.run();

  EXPECT_EQ(date, 0.0);
  EXPECT_EQ(channel.traffic().bytes, Bytes{0});
  EXPECT_EQ(simulation.carried(), Bytes{0});
}

TEST(Channel, LeavesNothingBehindWhenAMessageIsNeverReceived) {
  auto token = std::make_shared<int>(1);
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 1);
  Channel<std::shared_ptr<int>> channel("lost", platform.server);
  simulation.spawn(platform.workers[0], "sender", [&] { channel.send(token, {10}); });

  EXPECT_THROW(simulation.run(), std::logic_error);
}

TEST(Simulation, CarriesWhatTheChannelsSent) {
  Uploads uploads;
  uploads.size = 123'457;

  uploads.dates(false);

  EXPECT_EQ(uploads.simulation.carried(), Bytes{4 * 123'457});
  EXPECT_EQ(uploads.inbox[2].traffic().bytes, Bytes{123'457});
}

TEST(Simulation, RethrowsWhatLeavesAnActor) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 2);
  Channel<int> never("never", platform.server);
  simulation.spawn(platform.workers[0], "waiter", [&] { never.receive(); });
  simulation.spawn(platform.workers[1], "thrower", [] { throw std::range_error("mine"); });

  EXPECT_THROW(simulation.run(), std::range_error);
}

TEST(Simulation, ThrowsWhenActorsWaitForEachOther) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 1);
  Channel<int> never("never", platform.server);
  simulation.spawn(platform.workers[0], "waiter", [&] { never.receive(); });

  EXPECT_THROW(simulation.run(), std::logic_error);
}

TEST(Simulation, ComputationTakesWorkOverSpeed) {
  Simulation simulation({});
  const Platform platform =
      build_platform(simulation, {.overrides = {{.worker = 1, .speed = FlopsPerSecond{2e9}}}}, 2);
  std::vector<double> dates(2);
  for (std::size_t m = 0; m < 2; ++m) {
    simulation.spawn(platform.workers[m], "worker", [&, m] {
      compute({3e9});
      dates[m] = Simulation::now().value;
    });
  }

  simulation.run();

  EXPECT_THAT(dates, testing::ElementsAre(testing::DoubleNear(3.0, tolerance),
                                          testing::DoubleNear(1.5, tolerance)));
}

TEST(Simulation, RefusesASecondOneInTheSameProcess) {
  const Simulation first({});

  EXPECT_THROW(const Simulation second({}), std::logic_error);
}

}  // namespace
}  // namespace gradwire::network::simulation_test
