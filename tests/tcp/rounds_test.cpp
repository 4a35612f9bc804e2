#include "sim/tcp/rounds.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/tcp/worker.hpp"
#include "tests/tcp/loopback.hpp"

namespace gradwire::tcp {
namespace {

using actors::IterationLoad;
using actors::IterationTiming;
using actors::ProtocolConfig;

const Patience short_patience{.silence = {20}};
const auto nobody = [](const std::string&) {};

/// A party of workers in threads of this process, over loopback.
class OverLoopback : public testing::Test {
 protected:
  void invite(std::size_t workers, bool worker0_is_local = false) {
    Address address;
    Listener listener = some_listener(address);
    std::vector<char> wanted(workers, 1);
    if (worker0_is_local) wanted[0] = 0;
    for (std::size_t m = worker0_is_local ? 1 : 0; m < workers; ++m) {
      workers_.push_back(std::async(std::launch::async, [address, m] {
        return run_worker(address, {.worker = static_cast<std::int64_t>(m), .digest = {}},
                          short_patience, nobody);
      }));
    }
    party_ = std::make_unique<Party>(listener,
                                     Invitation{.workers = workers, .wanted = wanted, .digest = {}},
                                     short_patience, nobody);
  }
  std::vector<WorkerReport> end() {
    party_->finish();
    std::vector<WorkerReport> reports;
    for (auto& worker : workers_) reports.push_back(worker.get());
    return reports;
  }

  std::unique_ptr<Party> party_;
  std::vector<std::future<WorkerReport>> workers_;
};

IterationLoad load_of(const std::vector<std::int64_t>& uploads, std::int64_t model) {
  IterationLoad load{.model = {model}, .workers = {}, .server = {}};
  for (const std::int64_t upload : uploads) {
    load.workers.push_back({.compute = {2e6}, .auxiliary = {1e6}, .upload = {upload}});
  }
  return load;
}

Speeds equal(std::size_t workers) { return {{1e9}, std::vector<FlopsPerSecond>(workers, {1e9})}; }

void expect_ordered(const IterationTiming& timing) {
  for (const WorkerTimes& times : timing.workers) {
    EXPECT_LE(times.downlink.begin, times.downlink.end);
    EXPECT_LE(times.downlink.end, times.compute.begin);
    EXPECT_LE(times.compute.begin, times.compute.end);
    EXPECT_LE(times.compute.end, times.uplink.begin);
    EXPECT_LE(times.uplink.begin, times.uplink.end);
    EXPECT_LE(times.uplink.end, timing.duration);
  }
}

TEST_F(OverLoopback, SequentialUploadsNeverOverlap) {
  invite(3);
  Rounds rounds(*party_, ProtocolConfig{}, equal(3));

  const IterationTiming timing = rounds.play(load_of({1'000'000, 1, 300'000}, 500'000));

  expect_ordered(timing);
  EXPECT_LE(timing.workers[0].uplink.end, timing.workers[1].uplink.begin);
  EXPECT_LE(timing.workers[1].uplink.end, timing.workers[2].uplink.begin);
  EXPECT_EQ(timing.books.uplink, Bytes{1'300'001});
  EXPECT_EQ(timing.books.downlink, Bytes{1'500'000});
  EXPECT_EQ(timing.books.carried, Bytes{2'800'001});
  const auto reports = end();
  EXPECT_EQ(reports[2].received, Bytes{500'000});
  EXPECT_EQ(reports[2].sent, Bytes{300'000});
  EXPECT_EQ(reports[2].rounds, 1);
}

TEST_F(OverLoopback, ConcurrentUploadsBeginWhenTheWorkerIsReady) {
  invite(2);
  Rounds rounds(*party_, ProtocolConfig{.uplink = "concurrent"}, equal(2));
  for (int i = 0; i < 3; ++i) {
    const IterationTiming timing = rounds.play(load_of({50'000, 70'000}, 10));

    expect_ordered(timing);
    for (const WorkerTimes& times : timing.workers) {
      EXPECT_EQ(times.uplink.begin, times.compute.end);
      EXPECT_EQ(times.auxiliary, 0.5 * (times.compute.end - times.compute.begin));
    }
    EXPECT_GE(timing.duration, Seconds{2e-3});  // nobody sleeps too short
    EXPECT_EQ(timing.books.carried, Bytes{120'020});
  }
  EXPECT_EQ(end()[1].rounds, 3);
}

TEST_F(OverLoopback, WhatIsFreeOrEmptyWeighsNothing) {
  invite(2);
  Rounds rounds(*party_, ProtocolConfig{.broadcast = "none"}, equal(2));

  const IterationTiming timing = rounds.play(load_of({0, 10}, 1'000'000));

  EXPECT_EQ(timing.books.uplink, Bytes{10});
  EXPECT_EQ(timing.books.downlink, Bytes{0});
  EXPECT_EQ(timing.books.carried, Bytes{10});
  EXPECT_EQ(timing.busy.downlink, Seconds{});
  EXPECT_EQ(timing.workers[0].model, Bytes{0});
  end();
}

TEST_F(OverLoopback, AWorkerOnTheServersHostSendsNothing) {
  invite(2, true);
  Rounds rounds(*party_, ProtocolConfig{.server = "worker0"}, equal(2));

  const IterationTiming timing = rounds.play(load_of({1000, 10}, 100));

  expect_ordered(timing);
  EXPECT_EQ(timing.books.carried, Bytes{110});
  EXPECT_EQ(timing.workers[0].uplink.begin, timing.workers[0].uplink.end);
  EXPECT_LE(timing.workers[0].uplink.end, timing.workers[1].uplink.begin);
  end();
}

TEST_F(OverLoopback, ServerTimeIsTheServers) {
  invite(1);
  Rounds rounds(*party_, ProtocolConfig{}, equal(1));
  IterationLoad load = load_of({10}, 10);
  load.server = {3e6};

  const IterationTiming timing = rounds.play(load);

  EXPECT_GE(timing.busy.server, Seconds{3e-3});
  EXPECT_LE(timing.workers[0].uplink.end + timing.busy.server, timing.duration + Seconds{1e-9});
  end();
}

TEST_F(OverLoopback, AWorkerThatIsGoneAtTheEndSpoilsNothing) {
  invite(1);
  Stream* worker = party_->worker(0);
  worker->give_up("it wants no more");

  EXPECT_NO_THROW(party_->finish());

  EXPECT_TRUE(worker->closed());
  EXPECT_THROW(workers_[0].get(), SystemError);
}

TEST_F(OverLoopback, WorkersHearWhyItIsOver) {
  invite(1);
  party_->give_up("the disk is full");
  try {
    static_cast<void>(workers_[0].get());
    ADD_FAILURE() << "it should have failed";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("gave up: the disk is full"), std::string::npos)
        << error.what();
  }
}

TEST(RequirePlayable, NamesTheSettingThatCannotBePlayed) {
  EXPECT_NO_THROW(require_playable(ProtocolConfig{}));
  EXPECT_THROW(require_playable({.broadcast = "binomial"}), InputError);
  EXPECT_THROW(require_playable({.on_failure = "wait"}), InputError);
}

}  // namespace
}  // namespace gradwire::tcp
