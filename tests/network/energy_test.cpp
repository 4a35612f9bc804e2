#include "sim/network/energy.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "sim/core/error.hpp"
#include "sim/network/channel.hpp"

namespace gradwire::network::energy_test {
namespace {

constexpr EnergyConfig watts{
    .host_idle_watts = 100, .host_busy_watts = 250, .link_idle_watts = 4, .link_busy_watts = 10};

/// One of two workers computes for 2 s, then sends for 3 s.
TEST(Energy, OfAStarIsItsClosedForm) {
  Simulation simulation({});
  EnergyMeter meter(simulation);
  const PlatformConfig star{.uplink = {1e6}, .downlink = {1e6}, .latency = {0}, .speed = {1e9}};
  const Platform platform = build_platform(simulation, star, 2, watts);
  meter.count(platform, {{platform.workers[0], platform.server},
                         {platform.server, platform.workers[0]},
                         {platform.workers[1], platform.server},
                         {platform.server, platform.workers[1]}});
  Channel<int> inbox("from 0", platform.server);
  simulation.spawn(platform.workers[0], "worker", [&] {
    compute({2e9});
    inbox.send(0, {3'000'000});
  });
  Energy energy;
  simulation.spawn(platform.server, "server", [&] {
    inbox.receive();
    energy = meter.read();
  });

  simulation.run();

  EXPECT_NEAR(energy.hosts.value, 3 * 5 * 100 + 2 * 150, 1e-6);
  EXPECT_NEAR(energy.links.value, 4 * 5 * 4 + 3 * 6, 1e-6);
}

TEST(Energy, NeedsTheWattsOfTheHostsThatTakePart) {
  Simulation simulation({});
  EnergyMeter meter(simulation);
  const PlatformConfig file{.kind = PlatformKind::file,
                            .path = GRADWIRE_PLATFORMS "/star10-1gbps.xml",
                            .server = "server",
                            .workers = {}};
  const Platform platform = build_platform(simulation, file, 0);

  EXPECT_THROW(meter.count(platform, {}), InputError);
}

}  // namespace
}  // namespace gradwire::network::energy_test
