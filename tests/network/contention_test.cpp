#include "sim/network/contention.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sim/network/platforms/platform.hpp"

namespace gradwire::network::contention_test {
namespace {

PlatformConfig file(const std::string& name) {
  PlatformConfig config{.kind = PlatformKind::file};
  config.path = std::string(GRADWIRE_PLATFORMS) + "/" + name;
  config.server = "server";
  for (int m = 0; m < 10; ++m) config.workers.push_back("worker-" + std::to_string(m));
  return config;
}

Contention of(const Simulation& simulation, const Platform& platform) {
  Routes up, down;
  for (const Host worker : platform.workers) {
    up.emplace_back(worker, platform.server);
    down.emplace_back(platform.server, worker);
  }
  return contention(simulation, down, up);
}

TEST(Contention, OnAStarEveryMessageHasALinkOfItsOwn) {
  Simulation simulation({});
  const Contention found = of(simulation, build_platform(simulation, {}, 3));

  EXPECT_FALSE(found.between_uploads);
  EXPECT_FALSE(found.between_directions);
}

TEST(Contention, UploadsMeetAtTheServersPort) {
  Simulation simulation({});
  const Contention found =
      of(simulation, build_platform(simulation, file("shared-port-1gbps.xml"), 10));

  EXPECT_TRUE(found.between_uploads);
  EXPECT_FALSE(found.between_directions);
}

TEST(Contention, AcknowledgementsMeetEverything) {
  Simulation simulation({.factors = {.crosstraffic = true}});
  const Contention found = of(simulation, build_platform(simulation, {}, 3));

  EXPECT_TRUE(found.between_uploads);
  EXPECT_TRUE(found.between_directions);
}

TEST(Contention, AModelThatIsPassedOnMeetsTheUploadsOfWhoPassesItOn) {
  Simulation simulation({});
  const Platform platform = build_platform(simulation, {}, 2);
  const Host server = platform.server, first = platform.workers[0], second = platform.workers[1];

  const Routes uploads{{first, server}, {second, server}};
  EXPECT_TRUE(
      contention(simulation, {{server, first}, {first, second}}, uploads).between_directions);
}

TEST(Contention, WhatStaysInsideAHostMeetsNothing) {
  Simulation simulation({});
  const Host host = build_platform(simulation, {}, 1).server;

  const Contention found = contention(simulation, {{host, host}}, {{host, host}, {host, host}});
  EXPECT_FALSE(found.between_uploads);
  EXPECT_FALSE(found.between_directions);
}

TEST(SharedLinks, OfARingOnAStarAreNone) {
  Simulation simulation({});
  const auto workers = build_platform(simulation, {}, 3).workers;
  const Routes ring{{workers[0], workers[1]}, {workers[1], workers[2]}, {workers[2], workers[0]}};

  EXPECT_FALSE(may_share_links(simulation, ring));
}

TEST(SharedLinks, OfOneSenderOrOneReceiverAreUsedOneAfterTheOther) {
  Simulation simulation({});
  const auto workers = build_platform(simulation, {}, 3).workers;

  EXPECT_FALSE(may_share_links(simulation, {{workers[0], workers[1]}, {workers[0], workers[2]}}));
  EXPECT_FALSE(may_share_links(simulation, {{workers[1], workers[0]}, {workers[2], workers[0]}}));
}

TEST(SharedLinks, BetweenRacksAreOnesOfSeveralPairs) {
  Simulation simulation({});
  const auto workers = build_platform(simulation, file("two-racks-oversubscribed.xml"), 10).workers;

  EXPECT_TRUE(may_share_links(simulation, {{workers[0], workers[5]}, {workers[1], workers[6]}}));
}

TEST(SharedLinks, AreAllUnderAcknowledgements) {
  Simulation simulation({.factors = {.crosstraffic = true}});
  const auto workers = build_platform(simulation, {}, 2).workers;

  EXPECT_TRUE(may_share_links(simulation, {{workers[0], workers[1]}}));
}

}  // namespace
}  // namespace gradwire::network::contention_test
