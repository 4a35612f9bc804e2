#include "sim/protocols/parameter_server/timeout_exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/algorithms/local_steps/update_kind.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/error.hpp"
#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/protocols/reception.hpp"
#include "tests/support/iteration.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::protocols::timeout_exchange_test {
namespace {

using testing::ElementsAre;
using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;
constexpr double computing = 0.0125;                     ///< seconds per gradient
constexpr double transfer = latency + 4000 / bandwidth;  ///< seconds per model or upload
constexpr double exact = 1e-9;

/// Iterations of 4 kB models and uploads without training; records the arguments of next() and
/// finish().
class FixedWork : public IterationSource {
 public:
  explicit FixedWork(std::size_t count) : count_(count) {}
  [[nodiscard]] const EncodingNames& encodings() const override { return encodings_; }
  const IterationWork& next(const Dropped& absent) override {
    std::vector<Part> parts(count_, Part{.upload = testing_support::dense_message(1000)});
    for (std::size_t m = 0; m < count_; ++m) {
      if (is_dropped(absent, m)) parts[m] = {.gradients = 0, .skipped = true};
    }
    work_ = testing_support::one_exchange(1000, std::move(parts));
    absent_.push_back(absent);
    return work_;
  }
  void finish(const Dropped& dropped) override { missed_.push_back(dropped); }

  std::vector<Dropped> absent_;
  std::vector<Dropped> missed_;

 private:
  std::size_t count_;
  IterationWork work_;
  EncodingNames encodings_ = testing_support::some_encodings();
};

struct Setting {
  ProtocolConfig protocol{.on_failure = OnFailure::go_on, .timeout = Seconds{0.03}};
  network::PlatformConfig platform{};
  int workers = 4;
  int iterations = 12;
  cost::ComputeConfig compute{.seconds_per_gradient = {computing}};
};

struct Outcome {
  std::vector<IterationRecord> records;
  std::vector<std::vector<WorkerTimes>> times;
  std::vector<Dropped> absent;
  Communication sum;
  cost::ByteLedger ledger;
};

Outcome run(const Setting& setting, IterationSource& iterations) {
  network::Simulation simulation({});
  network::Platform platform = build_platform(simulation, setting.platform, setting.workers);
  if (setting.protocol.server == ServerPlace::worker0) platform.server = platform.workers.front();
  Outcome outcome;
  const ParameterServer server{.protocol = setting.protocol,
                               .cost_model = cost::CostModel({.compute = setting.compute,
                                                              .wire = {},
                                                              .encodings = iterations.encodings(),
                                                              .skip_flag = {1}})};
  outcome.ledger = server.run(simulation, platform, iterations, [&](const IterationRecord& record) {
    outcome.records.push_back(record);
    const std::span<const WorkerTimes> times = record.exchanges.front().times;
    outcome.times.emplace_back(times.begin(), times.end());
    outcome.sum += record.communication;
    return record.iteration < setting.iterations;
  });
  return outcome;
}

Outcome run(const Setting& setting) {
  FixedWork idle(static_cast<std::size_t>(setting.workers));
  Outcome outcome = run(setting, idle);
  outcome.absent = idle.absent_;
  return outcome;
}

void expect_conservation(const Outcome& outcome) {
  EXPECT_EQ(outcome.ledger.uplink, outcome.sum.uplink_wire);
  EXPECT_EQ(outcome.ledger.downlink, outcome.sum.downlink_wire);
  EXPECT_EQ(outcome.ledger.carried, outcome.sum.uplink_wire + outcome.sum.downlink_wire);
}

std::vector<double> durations(const Outcome& outcome) {
  std::vector<double> all;
  for (const IterationRecord& record : outcome.records) all.push_back(record.duration.value);
  return all;
}

std::vector<std::int64_t> dropped(const Outcome& outcome) {
  std::vector<std::int64_t> all;
  for (const IterationRecord& record : outcome.records) {
    all.push_back(record.communication.dropped);
  }
  return all;
}

void expect_durations(const Outcome& outcome, const std::vector<double>& expected) {
  ASSERT_GE(outcome.records.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(outcome.records[i].duration.value, expected[i], exact) << "iteration " << i + 1;
  }
}

class Uplink : public testing::TestWithParam<Reception> {
 protected:
  [[nodiscard]] bool sequential() const { return GetParam() == Reception::sequential; }
  [[nodiscard]] Setting setting() const {
    Setting setting;
    setting.protocol.uplink = GetParam();
    return setting;
  }
  /// Time in seconds in which the server receives from `count` workers that are ready.
  [[nodiscard]] double receiving(int count) const {
    return sequential() ? count * transfer : transfer;
  }
};

TEST_P(Uplink, WhereNobodyIsLateAllIsAsEver) {
  const Outcome outcome = run(setting());

  for (const double duration : durations(outcome)) {
    EXPECT_NEAR(duration, transfer + computing + receiving(4), exact);
  }
  EXPECT_EQ(outcome.sum.dropped, 0);
  EXPECT_EQ(outcome.sum.rounds, 4 * 12);
  EXPECT_EQ(outcome.sum.downlink_wire, Bytes{12 * 4 * 4000});
  expect_conservation(outcome);
}

TEST_P(Uplink, AWorkerThatComputesTooLongIsMissedUntilItIsDone) {
  Setting slow = setting();
  slow.platform.overrides = {{.worker = 3, .speed = FlopsPerSecond{0.25e9}}};
  slow.iterations = 5;

  const Outcome outcome = run(slow);

  // It computes until 50 ms plus a transfer; the server waits for it for 30 ms, from the start of
  // the iteration (concurrent) or from the reception of the other uploads (sequential). Iterations
  // complete without it until it is free; the next one is like the first.
  const double others = transfer + computing + receiving(3);
  const double waited = sequential() ? others + 0.03 : 0.03;
  expect_durations(outcome, sequential() ? std::vector<double>{waited, others, waited}
                                         : std::vector<double>{waited, others, others, waited});
  EXPECT_THAT(dropped(outcome),
              sequential() ? ElementsAre(1, 1, 1, 1, 1) : ElementsAre(1, 1, 1, 1, 1));
  EXPECT_EQ(outcome.absent[0], Dropped(4, false));
  EXPECT_EQ(outcome.absent[1], (Dropped{false, false, false, true}));
  // The record shows it computing throughout.
  const WorkerTimes& second = outcome.times[1][3];
  EXPECT_TRUE(second.dropped);
  EXPECT_EQ(second.compute.begin, Seconds{0});
  EXPECT_NEAR(second.compute.end.value,
              sequential() ? std::min(others, transfer + 4 * computing - waited) : others, exact);
  EXPECT_EQ(second.upload, Bytes{0});
  expect_conservation(outcome);
}

TEST_P(Uplink, AnUploadThatTakesTooLongIsBrokenOff) {
  Setting slow = setting();
  slow.platform.overrides = {{.worker = 1, .uplink = BytesPerSecond{1e4}}};  // 0.4 s

  const Outcome outcome = run(slow);

  // Sequential: the upload waits for its turn, starts, and is cancelled 30 ms later; then the
  // remaining uploads follow.
  const double before = transfer + computing + (sequential() ? transfer : 0.0);
  const double whole = sequential() ? before + 0.03 + 2 * transfer : 0.03;
  expect_durations(outcome, std::vector<double>(12, whole));
  EXPECT_THAT(dropped(outcome), testing::Each(1)) << "free for the next iteration at once";
  EXPECT_EQ(outcome.sum.rounds, 3 * 12);
  EXPECT_EQ(outcome.sum.uplink_wire, Bytes{12 * 3 * 4000});
  EXPECT_EQ(outcome.sum.downlink_wire, Bytes{12 * 4 * 4000}) << "models came in time";
  const Interval broken = outcome.times[5][1].uplink;
  EXPECT_NEAR(broken.begin.value, before, exact);
  EXPECT_NEAR(broken.end.value, sequential() ? before + 0.03 : 0.03, exact);
  expect_conservation(outcome);
}

TEST_P(Uplink, AModelThatTakesTooLongIsBrokenOff) {
  Setting slow = setting();
  slow.platform.overrides = {{.worker = 3, .downlink = BytesPerSecond{1e4}}};  // 0.4 s

  const Outcome outcome = run(slow);

  const double others = transfer + computing + receiving(3);
  expect_durations(outcome, std::vector<double>(12, sequential() ? others + 0.03 : 0.03));
  EXPECT_THAT(dropped(outcome), testing::Each(1));
  EXPECT_EQ(outcome.sum.downlink_wire, Bytes{12 * 3 * 4000});
  EXPECT_EQ(outcome.times[3][3].compute.end, outcome.times[3][3].compute.begin);
  EXPECT_NEAR(outcome.times[3][3].downlink.end.value, sequential() ? others + 0.03 : 0.03, exact);
  expect_conservation(outcome);
}

TEST_P(Uplink, WhereEverybodyIsBusyTheServerWaits) {
  Setting slow = setting();
  slow.workers = 1;
  slow.compute.seconds_per_gradient = {0.05};
  slow.iterations = 3;

  const Outcome outcome = run(slow);

  // Dropped at 30 ms, free at 50 ms plus a transfer; then the next iteration starts.
  EXPECT_THAT(dropped(outcome), ElementsAre(1, 1, 1));
  expect_durations(outcome, {0.03, 0.03, 0.03});
  EXPECT_NEAR(outcome.records[2].finished.value, 2 * (0.05 + transfer) + 0.03, exact);
  expect_conservation(outcome);
}

TEST_P(Uplink, AnUploadInTheVeryLastMomentCounts) {
  Setting slow = setting();
  slow.workers = 1;
  slow.platform.latency = {0};
  slow.platform.uplink = slow.platform.downlink = BytesPerSecond{4096e3};
  slow.compute.seconds_per_gradient = {0};
  slow.protocol.broadcast = BroadcastKind::none;
  slow.protocol.timeout = Seconds{4000 / 4096e3};

  const Outcome outcome = run(slow);

  EXPECT_EQ(outcome.sum.dropped, 0);
  expect_conservation(outcome);
}

TEST_P(Uplink, TheServerHandlesOnlyWhatCame) {
  Setting slow = setting();
  slow.platform.overrides = {{.worker = 1, .uplink = BytesPerSecond{1e4}}};
  slow.compute.server_seconds_per_iteration = {0.5};
  slow.compute.server_seconds_per_upload = {0.25};

  const Outcome outcome = run(slow);

  EXPECT_NEAR(outcome.records[0].busy.server.value, 0.5 + 3 * 0.25, exact);
}

TEST_P(Uplink, AWorkerOnTheServersHostMayBeLateToo) {
  Setting slow = setting();
  slow.protocol.server = ServerPlace::worker0;
  slow.platform.overrides = {{.worker = 0, .speed = FlopsPerSecond{0.25e9}}};

  const Outcome outcome = run(slow);

  EXPECT_EQ(outcome.sum.dropped, 12);
  EXPECT_EQ(outcome.sum.rounds, 3 * 12);
  EXPECT_EQ(outcome.sum.uplink_wire, Bytes{3 * 12 * 4000});
  expect_conservation(outcome);
}

/// Ten workers, of which worker 3 is down from 10 s to 15 s; 1.5 s per gradient.
Setting with_failures(Setting setting, double timeout) {
  setting.platform = {.kind = network::PlatformKind::file};
  setting.platform.path = std::string(GRADWIRE_PLATFORMS) + "/star10-with-failures.xml";
  setting.platform.server = "server";
  setting.workers = 10;
  for (int m = 0; m < 10; ++m) setting.platform.workers.push_back("worker-" + std::to_string(m));
  setting.compute.seconds_per_gradient = {1.5};
  setting.protocol.timeout = Seconds{timeout};
  return setting;
}

TEST_P(Uplink, AHostThatFailsCostsTheTimeoutOnceAndTakesPartAgainWhenItIsBack) {
  const Outcome outcome = run(with_failures(setting(), 4));

  // It fails in the seventh iteration (9 s to 10.5 s), which ends about 4 s later. The eighth (from
  // 13 s or 14.5 s) starts without it and does not wait for it.
  const double all = transfer + 1.5 + receiving(10);
  const double nine = transfer + 1.5 + receiving(9);
  const double seventh = sequential() ? transfer + 1.5 + 3 * transfer + 4 + 6 * transfer : 4;
  std::vector<double> expected(6, all);
  expected.push_back(seventh);
  expected.push_back(nine);
  if (!sequential()) expected.push_back(nine);  // from 14.5 s
  expected.push_back(all);
  expect_durations(outcome, expected);
  EXPECT_THAT(dropped(outcome), sequential() ? ElementsAre(0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)
                                             : ElementsAre(0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0));
  EXPECT_TRUE(outcome.times[6][3].dropped);
  EXPECT_EQ(outcome.absent[6], Dropped(10, false));
  EXPECT_TRUE(outcome.absent[7][3]);
  // The record shows it computing until it failed.
  const double begin = 6 * all;
  EXPECT_NEAR(outcome.times[6][3].compute.end.value, 10 - begin, 1e-6);
  EXPECT_EQ(outcome.sum.restarts, 0);
  EXPECT_EQ(outcome.sum.rounds + outcome.sum.dropped, 10 * 12);
  expect_conservation(outcome);
}

TEST_P(Uplink, HostsComeAndGoForAnHour) {
  Setting setting = with_failures(this->setting(), 2);
  setting.iterations = 2000;

  const Outcome outcome = run(setting);

  // Worker 3 is dropped or absent in about four iterations per minute, worker 7 during the 300 s of
  // its reboot.
  EXPECT_GT(outcome.records.back().finished, Seconds{2990});
  EXPECT_GT(outcome.sum.dropped, 49 * 3 + 190);
  EXPECT_LT(outcome.sum.dropped, 50 * 5 + 210);
  EXPECT_EQ(outcome.sum.rounds + outcome.sum.dropped, 10 * 2000);
  expect_conservation(outcome);
}

TEST_P(Uplink, HostsComeAndGoWhereTheBroadcastIsFree) {
  Setting setting = with_failures(this->setting(), 2);
  setting.protocol.broadcast = BroadcastKind::none;
  setting.iterations = 300;

  const Outcome outcome = run(setting);

  EXPECT_GT(outcome.sum.dropped, 190);
  EXPECT_LT(outcome.sum.dropped, 210 + 8 * 5);
  EXPECT_EQ(outcome.sum.downlink_wire, Bytes{0});
  expect_conservation(outcome);
}

/// Writes a platform of two workers; one host or link is down from 1 s to 2 s, or permanently.
/// Returns the path of the file.
std::string platform_file(const std::string& fails, bool returns) {
  const std::string name = "gradwire-fails-" + std::to_string(getpid());
  const std::string path = testing::TempDir() + name + ".xml";
  std::ofstream(testing::TempDir() + name + ".state") << "0 1\n1 0\n" << (returns ? "2 1\n" : "");
  const auto state = [&](const std::string& element) {
    return element == fails ? " state_file=\"" + name + ".state\"" : std::string();
  };
  std::ofstream file(path);
  file << R"(<?xml version="1.0"?><!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="z" routing="Full">)";
  for (const std::string host : {"s", "w0", "w1"}) {
    file << "<host id=\"" << host << "\" speed=\"1Gf\"" << state(host) << "/>\n";
  }
  for (const std::string link : {"up0", "down0", "up1", "down1"}) {
    file << "<link id=\"" << link << R"(" bandwidth="1Gbps" latency="50us")" << state(link)
         << "/>\n";
  }
  file << R"(<route src="w0" dst="s" symmetrical="NO"><link_ctn id="up0"/></route>
<route src="s" dst="w0" symmetrical="NO"><link_ctn id="down0"/></route>
<route src="w1" dst="s" symmetrical="NO"><link_ctn id="up1"/></route>
<route src="s" dst="w1" symmetrical="NO"><link_ctn id="down1"/></route></zone></platform>)";
  return path;
}

Setting with_file(Setting setting, const std::string& path) {
  setting.platform = {.kind = network::PlatformKind::file};
  setting.platform.path = path;
  setting.platform.server = "s";
  setting.platform.workers = {"w0", "w1"};
  setting.workers = 2;
  setting.compute.seconds_per_gradient = {0.1};
  setting.protocol.timeout = Seconds{0.15};
  setting.iterations = 40;
  return setting;
}

TEST_P(Uplink, LinksThatFailMakeTheirWorkerMissed) {
  const char* const link = sequential() ? "up1" : "down1";
  const Setting setting = with_file(this->setting(), platform_file(link, /*returns=*/true));

  const Outcome outcome = run(setting);

  // About four to seven iterations of 0.15 s or 0.25 s.
  EXPECT_GE(outcome.sum.dropped, 4);
  EXPECT_LE(outcome.sum.dropped, 7);
  EXPECT_EQ(outcome.records.back().communication.dropped, 0);
  EXPECT_EQ(outcome.sum.downlink_wire.value,
            4000 * (2 * 40 - (sequential() ? 0 : outcome.sum.dropped)));
  expect_conservation(outcome);
}

TEST_P(Uplink, AWorkerThatIsGoneForGoodIsNotWaitedFor) {
  const Outcome outcome = run(with_file(setting(), platform_file("w1", /*returns=*/false)));

  EXPECT_GT(outcome.records.back().finished, Seconds{4});
  EXPECT_EQ(outcome.records.back().communication.dropped, 1);
  EXPECT_NEAR(outcome.records.back().duration.value, 0.1 + 2 * transfer, exact);
  expect_conservation(outcome);
}

TEST_P(Uplink, AServerWhoseHostFailsEndsTheRun) {
  const Setting setting = with_file(this->setting(), platform_file("s", /*returns=*/true));

  try {
    run(setting);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("host \"s\" failed"));
  }
}

INSTANTIATE_TEST_SUITE_P(Uplinks, Uplink, every_reception(),
                         [](const auto& test) { return testing::PrintToString(test.param); });

/// A trainer that records the arguments of next() and finish().
class RecordingTrainer : public training::SynchronousTrainer {
 public:
  using training::SynchronousTrainer::SynchronousTrainer;
  const IterationWork& next(const Dropped& absent) override {
    absent_.push_back(absent);
    return training::SynchronousTrainer::next(absent);
  }
  void finish(const Dropped& dropped) override {
    missed_.push_back(dropped);
    training::SynchronousTrainer::finish(dropped);
  }
  std::vector<Dropped> absent_, missed_;
};

class ImpatientMethod : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(ImpatientMethod, LearnsFromWhatCameWhateverTheThreads) {
  const auto [name, threads] = GetParam();
  constexpr int workers = 4;
  algorithms::AlgorithmConfig algorithm{.name = name};
  algorithm.set(algorithms::density_parameter, 0.05).set(algorithms::max_delay_parameter, 3);
  Quadratic problem(workers, two_tensors(1000), 7, 0.2);
  training::TaskPool pool(threads);
  RecordingTrainer learner({.algorithm = algorithm,
                            .workers = workers,
                            .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.02); },
                            .may_drop = true},
                           problem, pool);
  Setting setting;
  setting.iterations = 60;
  setting.compute.stragglers = cost::StragglerConfig{.probability = 0.2, .slowdown = 6};

  const Outcome outcome = run(setting, learner);

  // The same computation without simulator and threads.
  auto server = make_server(algorithm, problem.layout(), problem.initial_parameters(), workers);
  std::vector<algorithms::Worker> team(workers, make_worker(algorithm, problem.layout(), workers));
  int late = 0;
  for (std::int64_t t = 0; t < setting.iterations; ++t) {
    const Dropped& absent = learner.absent_[static_cast<std::size_t>(t)];
    const Dropped& dropped = learner.missed_[static_cast<std::size_t>(t)];
    const auto batches = problem.minibatches(t, server.model());
    std::vector<algorithms::Message> uploads(workers, algorithms::Skip{});
    BatchStatistics train;
    for (int m = 0; m < workers; ++m) {
      const auto index = static_cast<std::size_t>(m);
      if (absent[index]) {
        team[index].skip_iteration(server.model(), algorithms::StepSize::same(0.02));
        continue;
      }
      uploads[index] =
          team[index].step(server.model(), algorithms::StepSize::same(0.02), batches->of(m), {});
      if (is_dropped(dropped, index)) {
        team[index].rollback(uploads[index]);
        ++late;
      } else {
        team[index].delivered();
        train += batches->statistics(m);
      }
    }
    EXPECT_EQ(outcome.records[static_cast<std::size_t>(t)].train.loss, train.loss);
    server.step(0.02, std::move(uploads), dropped);
  }
  EXPECT_GT(late, 5);
  EXPECT_GT(outcome.sum.dropped, late);
  EXPECT_EQ(outcome.sum.rounds + outcome.sum.skipped + outcome.sum.dropped,
            workers * setting.iterations);
  EXPECT_EQ(learner.model()->plain(), server.model()->plain());
  expect_conservation(outcome);
}

INSTANTIATE_TEST_SUITE_P(Methods, ImpatientMethod,
                         testing::Combine(testing::Values("sgd", "sparse", "lasg", "sasg"),
                                          testing::Values(1, 4)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" +
                                  std::to_string(std::get<1>(test.param));
                         });

/// Four of six workers are drawn, and those that come too late are left out.
struct Sampled {
  explicit Sampled(int threads) : pool(threads) {
    setting.workers = workers;
    setting.iterations = 60;
    setting.protocol.timeout = Seconds{0.06};
    setting.compute.stragglers = cost::StragglerConfig{.probability = 0.2, .slowdown = 6};
  }
  static constexpr int workers = 6;
  Setting setting;
  Quadratic problem = Quadratic(workers, two_tensors(1000), 7, 0.2);
  training::TaskPool pool;
  RecordingTrainer learner{{.algorithm = algorithm_of(),
                            .workers = workers,
                            .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.02); },
                            .may_drop = true},
                           problem,
                           pool};

 private:
  static algorithms::AlgorithmConfig algorithm_of() {
    algorithms::AlgorithmConfig config{.name = "local_sgd"};
    return config.set(algorithms::local_steps_parameter, 2)
        .set(algorithms::participation_parameter, 0.66);
  }
};

TEST(Sampling, LateOnesAmongTheDrawnAreLeftOut) {
  Sampled one(1), many(4);
  const Outcome outcome = run(one.setting, one.learner);
  for (std::size_t t = 0; t < one.learner.absent_.size(); ++t) {  // without simulator
    static_cast<void>(many.learner.next(one.learner.absent_[t]));
    many.learner.finish(one.learner.missed_[t]);
  }

  EXPECT_GT(outcome.sum.dropped, 5);
  EXPECT_EQ(outcome.sum.rounds + outcome.sum.dropped, 4 * one.setting.iterations);
  EXPECT_EQ(outcome.sum.skipped, 0);
  expect_conservation(outcome);
  EXPECT_EQ(one.learner.model()->plain(), many.learner.model()->plain());
  EXPECT_LT(outcome.sum.downlink_wire, Bytes{4 * 60 * 4000 + 1});
}

}  // namespace
}  // namespace gradwire::protocols::timeout_exchange_test
