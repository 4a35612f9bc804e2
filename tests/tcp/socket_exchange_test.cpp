#include "sim/tcp/socket_exchange.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/tcp/worker.hpp"
#include "tests/tcp/loopback.hpp"

namespace gradwire::tcp::socket_exchange_test {
namespace {

using cost::IterationLoad;
using cost::IterationTiming;
using protocols::ProtocolConfig;

const Timeouts short_timeouts{.idle_timeout = {20}};
const auto no_logger = [](const std::string&) {};

/// A WorkerPool whose workers run in threads of this process, connected over loopback.
class OverLoopback : public testing::Test {
 protected:
  void start_workers(std::size_t workers, bool worker0_is_local = false) {
    Address address;
    Listener listener = some_listener(address);
    std::vector<char> wanted(workers, 1);
    if (worker0_is_local) wanted[0] = 0;
    for (std::size_t m = worker0_is_local ? 1 : 0; m < workers; ++m) {
      workers_.push_back(std::async(std::launch::async, [address, m] {
        return run_worker(address, {.worker = static_cast<std::int64_t>(m), .digest = {}},
                          short_timeouts, no_logger);
      }));
    }
    pool_ = std::make_unique<WorkerPool>(
        listener, ExpectedWorkers{.workers = workers, .wanted = wanted, .digest = {}},
        short_timeouts, no_logger);
  }
  std::vector<WorkerReport> end() {
    pool_->finish();
    std::vector<WorkerReport> reports;
    for (auto& worker : workers_) reports.push_back(worker.get());
    return reports;
  }

  std::unique_ptr<WorkerPool> pool_;
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
  start_workers(3);
  SocketExchange rounds(*pool_, ProtocolConfig{}, equal(3));

  const IterationTiming timing = rounds.run(load_of({1'000'000, 1, 300'000}, 500'000), {});

  expect_ordered(timing);
  EXPECT_LE(timing.workers[0].uplink.end, timing.workers[1].uplink.begin);
  EXPECT_LE(timing.workers[1].uplink.end, timing.workers[2].uplink.begin);
  EXPECT_EQ(timing.ledger.uplink, Bytes{1'300'001});
  EXPECT_EQ(timing.ledger.downlink, Bytes{1'500'000});
  EXPECT_EQ(timing.ledger.carried, Bytes{2'800'001});
  const auto reports = end();
  EXPECT_EQ(reports[2].received, Bytes{500'000});
  EXPECT_EQ(reports[2].sent, Bytes{300'000});
  EXPECT_EQ(reports[2].rounds, 1);
}

TEST_F(OverLoopback, ConcurrentUploadsBeginWhenTheWorkerIsReady) {
  start_workers(2);
  SocketExchange rounds(*pool_, ProtocolConfig{.uplink = protocols::Reception::concurrent},
                        equal(2));
  for (int i = 0; i < 3; ++i) {
    const IterationTiming timing = rounds.run(load_of({50'000, 70'000}, 10), {});

    expect_ordered(timing);
    for (const WorkerTimes& times : timing.workers) {
      EXPECT_EQ(times.uplink.begin, times.compute.end);
      EXPECT_EQ(times.auxiliary, 0.5 * (times.compute.end - times.compute.begin));
    }
    EXPECT_GE(timing.duration, Seconds{2e-3});  // no worker computes for less than its time
    EXPECT_EQ(timing.ledger.carried, Bytes{120'020});
  }
  EXPECT_EQ(end()[1].rounds, 3);
}

TEST_F(OverLoopback, WhatIsFreeOrEmptyWeighsNothing) {
  start_workers(2);
  SocketExchange rounds(*pool_, ProtocolConfig{.broadcast = protocols::BroadcastKind::none},
                        equal(2));

  const IterationTiming timing = rounds.run(load_of({0, 10}, 1'000'000), {});

  EXPECT_EQ(timing.ledger.uplink, Bytes{10});
  EXPECT_EQ(timing.ledger.downlink, Bytes{0});
  EXPECT_EQ(timing.ledger.carried, Bytes{10});
  EXPECT_EQ(timing.busy.downlink, Seconds{});
  EXPECT_EQ(timing.workers[0].model, Bytes{0});
  end();
}

TEST_F(OverLoopback, AWorkerOnTheServersHostSendsNothing) {
  start_workers(2, true);
  SocketExchange rounds(*pool_, ProtocolConfig{.server = protocols::ServerPlace::worker0},
                        equal(2));

  const IterationTiming timing = rounds.run(load_of({1000, 10}, 100), {});

  expect_ordered(timing);
  EXPECT_EQ(timing.ledger.carried, Bytes{110});
  EXPECT_EQ(timing.workers[0].uplink.begin, timing.workers[0].uplink.end);
  EXPECT_LE(timing.workers[0].uplink.end, timing.workers[1].uplink.begin);
  end();
}

TEST_F(OverLoopback, ServerTimeIsTheServers) {
  start_workers(1);
  SocketExchange rounds(*pool_, ProtocolConfig{}, equal(1));
  IterationLoad load = load_of({10}, 10);
  load.server = {3e6};

  const IterationTiming timing = rounds.run(load, {});

  EXPECT_GE(timing.busy.server, Seconds{3e-3});
  EXPECT_LE(timing.workers[0].uplink.end + timing.busy.server, timing.duration + Seconds{1e-9});
  end();
}

TEST_F(OverLoopback, AWorkerThatIsGoneAtTheEndSpoilsNothing) {
  start_workers(1);
  Stream* worker = pool_->worker(0);
  worker->give_up("it wants no more");

  EXPECT_NO_THROW(pool_->finish());

  EXPECT_TRUE(worker->closed());
  EXPECT_THROW(workers_[0].get(), SystemError);
}

TEST_F(OverLoopback, WorkersHearWhyItIsOver) {
  start_workers(1);
  pool_->give_up("the disk is full");
  try {
    static_cast<void>(workers_[0].get());
    ADD_FAILURE() << "it should have failed";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("gave up: the disk is full"), std::string::npos)
        << error.what();
  }
}

TEST(RequirePlayable, NamesTheSettingThatCannotBePlayed) {
  EXPECT_NO_THROW(require_supported(ProtocolConfig{}));
  EXPECT_THROW(require_supported({.kind = protocols::ProtocolKind::all_reduce}), InputError);
  EXPECT_THROW(require_supported({.broadcast = protocols::BroadcastKind::binomial}), InputError);
  EXPECT_THROW(require_supported({.on_failure = protocols::OnFailure::wait}), InputError);
}

}  // namespace
}  // namespace gradwire::tcp::socket_exchange_test
