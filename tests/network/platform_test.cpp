#include "sim/network/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sim/core/error.hpp"
#include "sim/network/channel.hpp"

namespace gradwire::network {
namespace {

/// When an upload of `bytes` from worker m arrives if nothing else is going on.
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
  PlatformConfig config{.kind = "file"};
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

}  // namespace
}  // namespace gradwire::network
