#include "sim/network/platforms/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sim/core/error.hpp"
#include "sim/network/channel.hpp"

namespace gradwire::network::platform_test {
namespace {

/// Simulated time at which an upload of `bytes` from worker m arrives, without other traffic.
double upload_seconds(Simulation& simulation, const Platform& platform, std::size_t m,
                      std::int64_t bytes) {
  Channel<int> channel("up", platform.server);
  double date = 0.0;
  simulation.spawn(platform.workers[m], "worker", [&] { channel.send(0, {bytes}); });
  simulation.spawn(platform.server, "server", [&] { date = channel.receive().finished.value; });
  simulation.run();
  return date;
}

PlatformConfig file(const std::string& name) {
  PlatformConfig config{.kind = PlatformKind::file};
  config.path = std::string(GRADWIRE_PLATFORMS) + "/" + name;
  config.server = "server";
  for (int m = 0; m < 10; ++m) config.workers.push_back("worker-" + std::to_string(m));
  return config;
}

TEST(Star, OverridesChangeOneWorkerOnly) {
  Simulation simulation({});
  const Platform platform = build_platform(
      simulation,
      {.overrides = {{.worker = 1, .uplink = BytesPerSecond{1e6}, .latency = Seconds{0.25}}}}, 2);

  EXPECT_NEAR(upload_seconds(simulation, platform, 1, 1'000'000), 1.25, 1e-9);
}

TEST(Star, OtherWorkersKeepTheCommonLink) {
  Simulation simulation({});
  const Platform platform =
      build_platform(simulation, {.overrides = {{.worker = 1, .uplink = BytesPerSecond{1e6}}}}, 2);

  EXPECT_NEAR(upload_seconds(simulation, platform, 0, 125'000'000), 1.00005, 1e-9);
}

TEST(PlatformFile, ThePapersStarEqualsTheStarBuiltHere) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, file("star10-1gbps.xml"), 10);

  ASSERT_EQ(platform.workers.size(), 10U);
  EXPECT_NEAR(upload_seconds(simulation, platform, 9, 125'000'000), 1.00005, 1e-9);
}

TEST(PlatformFile, ASharedServerPortIsABottleneck) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, file("shared-port-1gbps.xml"), 10);
  std::vector<Channel<int>> inbox;
  for (std::size_t m = 0; m < 10; ++m) {
    inbox.emplace_back("from " + std::to_string(m), platform.server);
    simulation.spawn(platform.workers[m], "worker", [&, m] { inbox[m].send(0, {12'500'000}); });
  }
  double last = 0.0;
  simulation.spawn(platform.server, "server", [&] {
    std::vector<Channel<int>::Receiving> posted;
    for (auto& channel : inbox) posted.push_back(channel.start_receive());
    for (auto& receiving : posted) last = std::max(last, receiving.get().finished.value);
  });

  simulation.run();

  EXPECT_NEAR(last, 1.0001, 1e-9);  // ten times 0.1 s through one port, two latencies of 50 us
}

TEST(PlatformFile, AHostThatIsNotThereIsNamed) {
  Simulation simulation({});
  PlatformConfig config = file("star10-1gbps.xml");
  config.workers[3] = "worker-99";

  try {
    (void)build_platform(simulation, config, 10);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("has no host named \"worker-99\""));
  }
}

TEST(PlatformFile, AFileThatIsNotThereIsAnInputError) {
  Simulation simulation({});

  EXPECT_THROW((void)build_platform(simulation, file("nowhere.xml"), 10), InputError);
}

TEST(PlatformFile, AFileThatIsNoPlatformIsAnInputError) {
  const auto path = std::filesystem::temp_directory_path() / "gradwire-no-platform.xml";
  std::ofstream(path) << "<?xml version='1.0'?><platform version='4.1'><host/></platform>";
  Simulation simulation({});
  PlatformConfig config = file("");
  config.path = path.string();

  EXPECT_THROW((void)build_platform(simulation, config, 10), InputError);
}

TEST(PlatformFile, ARouteThatIsMissingIsNamed) {
  const auto path = std::filesystem::temp_directory_path() / "gradwire-no-route.xml";
  std::ofstream(path) << R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">
<host id="server" speed="1Gf"/><host id="a" speed="1Gf"/><link id="l" bandwidth="1Gbps" latency="0"/>
<route src="server" dst="a" symmetrical="NO"><link_ctn id="l"/></route></zone></platform>)";
  Simulation simulation({});
  PlatformConfig config{.kind = PlatformKind::file, .path = path.string(), .server = "server"};
  config.workers = {"a"};

  try {
    (void)build_platform(simulation, config, 1);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("has no route from host \"a\" to host \"server\""));
  }
}

/// A platform with a server and a worker "a". `up`: attributes of the worker's uplink; `behind`:
/// XML after the routes.
PlatformConfig two_hosts(const std::string& name, const std::string& up,
                         const std::string& behind = "") {
  const auto path = std::filesystem::temp_directory_path() / name;
  std::ofstream(path) << R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">
<host id="server" speed="1Gf"/><host id="a" speed="1Gf"/>
<link id="down" bandwidth="1Gbps" latency="0"/><link id="up" bandwidth="8Mbps" latency="0" )"
                      << up << R"(/>
<route src="server" dst="a" symmetrical="NO"><link_ctn id="down"/></route>
<route src="a" dst="server" symmetrical="NO"><link_ctn id="up"/></route>)"
                      << behind << "</zone></platform>";
  PlatformConfig config{.kind = PlatformKind::file, .path = path.string(), .server = "server"};
  config.workers = {"a"};
  return config;
}

std::string why_not(const PlatformConfig& config) {
  Simulation simulation({});
  try {
    (void)build_platform(simulation, config, 1);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// Without the check, SimGrid would end the process in each of the next two cases.
TEST(PlatformFile, AProfileConnectedToALinkIsAnInputError) {
  const std::string trace = "<trace id=\"t\">\n0 1\n5 0\n</trace>";
  const std::string connect = "<trace_connect kind=\"LINK_AVAIL\" trace=\"t\" element=\"up\"/>";

  EXPECT_THAT(why_not(two_hosts("gradwire-connected.xml", "", trace + connect)),
              testing::HasSubstr("connects a trace of kind LINK_AVAIL"));
}

TEST(PlatformFile, AProfileWithAnAbsolutePathIsAnInputError) {
  EXPECT_THAT(why_not(two_hosts("gradwire-absolute.xml", "state_file=\"/tmp/up.state\"")),
              testing::HasSubstr("names the profile /tmp/up.state by an absolute path"));
}

TEST(PlatformFile, ALinkThatFailsIsNamed) {
  const PlatformConfig config =
      two_hosts("gradwire-failing-link.xml", "state_file=\"gradwire-up.state\"");
  std::ofstream(std::filesystem::temp_directory_path() / "gradwire-up.state") << "0 1\n5 0\n";
  Simulation simulation({});
  const Platform platform = build_platform(simulation, config, 1);

  try {
    (void)upload_seconds(simulation, platform, 0, 10'000'000);  // takes 10 s
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("link \"up\" failed"));
  }
}

TEST(PlatformFile, WithoutProfilesItDoesNotVaryInTime) {
  Simulation simulation({});

  EXPECT_FALSE(build_platform(simulation, file("star10-1gbps.xml"), 10).varies_in_time);
}

/// Seconds of one upload from worker m of a shipped platform file, without other traffic.
double upload_on(const PlatformConfig& config, std::size_t m, std::int64_t bytes) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, config, 10);
  return upload_seconds(simulation, platform, m, bytes);
}

TEST(PlatformFile, FromTheFarRackAnUploadCrossesTheCore) {
  const double latency = 25e-6 + 50e-6 + 25e-6;

  EXPECT_NEAR(upload_on(file("two-racks-oversubscribed.xml"), 9, 125'000'000), 1 + latency, 1e-9);
}

TEST(PlatformFile, TwoUploadsFromTheFarRackShareTheCore) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, file("two-racks-oversubscribed.xml"), 10);
  std::vector<Channel<int>> inbox;
  std::vector<double> dates;
  for (const std::size_t m : {4U, 8U, 9U}) {
    inbox.emplace_back("from " + std::to_string(m), platform.server);
    simulation.spawn(platform.workers[m], "worker",
                     [&inbox, n = inbox.size() - 1] { inbox[n].send(0, {125'000'000}); });
  }
  simulation.spawn(platform.server, "server", [&] {
    std::vector<Channel<int>::Receiving> posted;
    for (auto& channel : inbox) posted.push_back(channel.start_receive());
    for (auto& receiving : posted) dates.push_back(receiving.get().finished.value);
  });

  simulation.run();

  EXPECT_NEAR(dates[0], 1.00005, 1e-6);  // from the near rack, without the shared link
  EXPECT_NEAR(dates[1], 2.0001, 1e-6);
  EXPECT_NEAR(dates[2], 2.0001, 1e-6);
}

PlatformConfig fat_tree() {
  PlatformConfig config = file("fat-tree-16.xml");
  config.server = "node-0";
  config.workers.clear();
  for (int n = 1; n < 16; ++n) config.workers.push_back("node-" + std::to_string(n));
  return config;
}

TEST(PlatformFile, InAFatTreeANeighbourIsTwoCablesAway) {
  EXPECT_NEAR(upload_on(fat_tree(), 0, 125'000'000), 1 + 2 * 25e-6, 1e-9);
}

TEST(PlatformFile, InAFatTreeAStrangerIsFourCablesAway) {
  EXPECT_NEAR(upload_on(fat_tree(), 14, 125'000'000), 1 + 4 * 25e-6, 1e-9);
}

TEST(PlatformFile, TheFarSiteOfAFederationIsSlow) {
  EXPECT_NEAR(upload_on(file("wide-area-federation.xml"), 7, 2'500'000), 1 + 0.075 + 50e-6, 1e-9);
}

TEST(PlatformFile, AnEdgeDeviceHasTheBandwidthThatWasDrawn) {
  PlatformConfig config = file("edge-100.xml");
  for (int m = 10; m < 100; ++m) config.workers.push_back("worker-" + std::to_string(m));

  EXPECT_NEAR(upload_on(config, 0, 4532750), 1 + 0.01, 1e-9);
}

TEST(PlatformFile, BandwidthFollowsTheDay) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, file("star10-over-the-day.xml"), 10);
  Channel<int> channel("up", platform.server);
  std::vector<double> seconds;
  simulation.spawn(platform.workers[0], "worker", [&] {
    for (int day = 0; day < 2; ++day) {
      channel.send(0, {1'875'000});
      compute({18.5 * 3600 * 1e9});
      channel.send(0, {1'875'000});
      compute({5.5 * 3600 * 1e9});
    }
  });
  simulation.spawn(platform.server, "server", [&] {
    for (int i = 0; i < 4; ++i) {
      const auto delivery = channel.receive();
      seconds.push_back(delivery.finished.value - delivery.started.value);
    }
  });

  simulation.run();

  EXPECT_TRUE(platform.varies_in_time);
  EXPECT_NEAR(seconds[0], 0.005 + 0.15, 1e-9);  // 100 Mbps
  EXPECT_NEAR(seconds[1], 0.005 + 1.0, 1e-9);   // 15 Mbps
  EXPECT_NEAR(seconds[2], 0.005 + 0.15, 1e-9);
  EXPECT_NEAR(seconds[3], 0.005 + 1.0, 1e-9);
}

}  // namespace
}  // namespace gradwire::network::platform_test
