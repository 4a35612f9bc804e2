#include "sim/network/clerks.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/network/platforms/platform.hpp"

namespace gradwire::network::clerks_test {
namespace {

constexpr double tolerance = 1e-9;
constexpr std::size_t peers = 100;  // of several clerks

double transfer_seconds(double bytes) { return 50e-6 + bytes / 125e6; }

/// Each peer has a link of its own.
TEST(Clerks, MessagesMoveFromWhenTheyAreSent) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, peers);
  Clerks clerks(simulation, platform.server, "test", peers);
  std::size_t ended = 0;
  for (std::size_t p = 0; p < peers; ++p) {
    simulation.spawn(platform.workers[p], "peer", [&, p] {
      const double bytes = 1000.0 * static_cast<double>(p);  // also none
      const Bytes size{static_cast<std::int64_t>(bytes)};
      for (int i = 1; i <= 3; ++i) {
        clerks.send_from(p, size).wait();
        EXPECT_NEAR(Simulation::now().value, (2 * i - 1) * transfer_seconds(bytes), tolerance);
        clerks.send_to(p, size).wait();
        EXPECT_NEAR(Simulation::now().value, 2 * i * transfer_seconds(bytes), tolerance);
      }
      if (++ended == peers) Simulation::kill_others();
    });
  }
  simulation.run();
  EXPECT_EQ(ended, peers);
  EXPECT_EQ(simulation.carried(), Bytes{6 * 1000 * (peers * (peers - 1) / 2)});
}

TEST(Clerks, AMessageEachWayMovesAtTheSameTime) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 1);
  Clerks clerks(simulation, platform.server, "test", 1);
  simulation.spawn(platform.workers[0], "peer", [&] {
    const Transfer up = clerks.send_from(0, {1'000'000});
    const Transfer down = clerks.send_to(0, {1'000'000});
    up.wait();
    down.wait();
    EXPECT_NEAR(down.ended().value, transfer_seconds(1e6), tolerance);
    EXPECT_NEAR(up.ended().value, transfer_seconds(1e6), tolerance);
    Simulation::kill_others();
  });
  simulation.run();
}

}  // namespace
}  // namespace gradwire::network::clerks_test
