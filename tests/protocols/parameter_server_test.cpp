#include "sim/protocols/parameter_server/parameter_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/server_steps/descent.hpp"
#include "sim/core/error.hpp"
#include "sim/protocols/parameter_server/broadcast.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/protocols/reception.hpp"
#include "tests/support/iteration.hpp"
#include "tests/support/quadratic.hpp"
#include "tests/support/shared_scale.hpp"

namespace gradwire::protocols::parameter_server_test {
namespace {

using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 4;
constexpr std::int64_t iterations = 30;
constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;

/// The default cost of gradients; all else is free.
cost::ComputeConfig gradients_alone() { return {}; }

struct Setting {
  algorithms::AlgorithmConfig algorithm;
  network::NetworkConfig network;
  ProtocolConfig protocol;
  algorithms::WireConfig wire;
  cost::ComputeConfig compute = gradients_alone();
  bool use_cache = true;
  int threads = 1;
};

struct Outcome {
  std::vector<IterationRecord> records;
  Vector parameters;
  cost::ByteLedger ledger;
};

Problem& problem() {
  static Quadratic quadratic(workers, two_tensors(1000), 7, 0.2);
  return quadratic;
}

training::SynchronousTrainer::Config learner_config(const Setting& setting) {
  return {.algorithm = setting.algorithm, .workers = workers, .gamma = [](std::int64_t) {
            return algorithms::StepSize::same(0.02);
          }};
}

Outcome run(const Setting& setting) {
  training::TaskPool pool(setting.threads);
  training::SynchronousTrainer learner(learner_config(setting), problem(), pool);
  network::Simulation simulation(setting.network);
  network::Platform platform = build_platform(simulation, {}, workers);
  if (setting.protocol.server == ServerPlace::worker0) platform.server = platform.workers.front();
  Outcome outcome;
  const ParameterServer server{
      .protocol = setting.protocol,
      .cost_model = cost::CostModel({.compute = setting.compute,
                                     .wire = setting.wire,
                                     .encodings = learner.encodings(),
                                     .skip_flag = {setting.protocol.skip_flag_bytes}}),
      .use_cache = setting.use_cache};
  outcome.ledger = server.run(simulation, platform, learner, [&](const IterationRecord& record) {
    outcome.records.push_back(record);
    return record.iteration < iterations;
  });
  outcome.parameters = learner.model()->plain();
  return outcome;
}

/// The same method as a plain loop, without simulator, threads and encoded messages.
Vector plain_loop(const Setting& setting) {
  auto server =
      make_server(setting.algorithm, problem().layout(), problem().initial_parameters(), workers);
  std::vector<algorithms::Worker> team(workers,
                                       make_worker(setting.algorithm, problem().layout(), workers));
  for (std::int64_t t = 0; t < iterations; ++t) {
    const auto batches = problem().minibatches(t, server.model());
    std::vector<algorithms::Message> uploads;
    for (int m = 0; m < workers; ++m) {
      uploads.push_back(team[static_cast<std::size_t>(m)].step(
          server.model(), algorithms::StepSize::same(0.02), batches->of(m), {}));
    }
    server.step(0.02, std::move(uploads));
  }
  return server.model()->plain();
}

algorithms::AlgorithmConfig named(const std::string& name) {
  algorithms::AlgorithmConfig config{.name = name};
  config.set(algorithms::density_parameter, 0.05).set(algorithms::max_delay_parameter, 3);
  return config;
}

Communication total(const Outcome& outcome) {
  Communication sum;
  for (const IterationRecord& record : outcome.records) sum += record.communication;
  return sum;
}

/// Duration of one message on the star, in seconds.
double transfer(Bytes size, const network::NetworkConfig& network) {
  const auto factors = network::resolved_factors(network);
  return *factors.latency * latency +
         static_cast<double>(size.value) / (*factors.bandwidth * bandwidth);
}

using Case = std::tuple<std::string, Reception, std::string>;  // method, uplink, network model
class ClosedForm : public testing::TestWithParam<Case> {};

TEST_P(ClosedForm, HoldsForEveryIteration) {
  const auto [name, uplink, model] = GetParam();
  const Setting setting{.algorithm = named(name),
                        .network = {.model = value_named<network::NetworkModel>(
                                        model, network::network_model_choices),
                                    .factors = {}},
                        .protocol = {.uplink = uplink}};

  const Outcome outcome = run(setting);

  const Bytes down{4 * 1000};
  const Bytes dense{4 * 1000};
  const Bytes sparse{8 * (49 + 1)};  // floor(0.05 * 997) = 49, and 1 of the 3
  const Bytes upload = name == "sgd" || name == "lasg" ? dense : sparse;
  double now = 0.0;
  for (const IterationRecord& record : outcome.records) {
    const auto sent = static_cast<double>(record.communication.rounds);
    const auto silent = static_cast<double>(record.communication.skipped);
    const double flag = transfer(Bytes{1}, setting.network);
    const double one = transfer(upload, setting.network);
    const double up =
        uplink == Reception::sequential ? sent * one + silent * flag : (sent > 0 ? one : flag);
    EXPECT_NEAR(record.busy.uplink.value, up, 1e-9);
    EXPECT_NEAR(record.busy.downlink.value, transfer(down, setting.network), 1e-9);
    now += record.busy.uplink.value + record.busy.downlink.value + record.busy.compute.value;
    EXPECT_NEAR(record.finished.value, now, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(MethodsProtocolsModels, ClosedForm,
                         testing::Combine(testing::Values("sgd", "sparse", "lasg", "sasg"),
                                          every_reception(), testing::Values("CM02", "LV08")),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" +
                                  testing::PrintToString(std::get<1>(test.param)) + "_" +
                                  std::get<2>(test.param);
                         });

class EveryMethod : public testing::TestWithParam<std::string> {};

TEST_P(EveryMethod, GivesTheSameParametersAsThePlainLoop) {
  const Setting setting{.algorithm = named(GetParam())};

  EXPECT_EQ(run(setting).parameters, plain_loop(setting));
}

TEST_P(EveryMethod, GivesTheSameParametersOnFourThreads) {
  const Setting setting{.algorithm = named(GetParam()), .threads = 4};

  EXPECT_EQ(run(setting).parameters, plain_loop(setting));
}

TEST_P(EveryMethod, KeepsThreeBooksThatAgree) {
  const Outcome outcome = run({.algorithm = named(GetParam())});

  const Communication sum = total(outcome);
  EXPECT_EQ(outcome.ledger.uplink, sum.uplink_wire);
  EXPECT_EQ(outcome.ledger.downlink, sum.downlink_wire);
  EXPECT_EQ(outcome.ledger.carried, sum.uplink_wire + sum.downlink_wire);
}

TEST_P(EveryMethod, UploadsOrSkipsOncePerWorkerAndIteration) {
  const Communication sum = total(run({.algorithm = named(GetParam())}));

  EXPECT_EQ(sum.rounds + sum.skipped, workers * iterations);
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, testing::Values("sgd", "sparse", "lasg", "sasg"),
                         [](const auto& test) { return test.param; });

TEST(ParameterServer, PayloadBitsAreRoundsTimesElementsTimes32) {
  const Communication sum = total(run({.algorithm = named("sasg")}));

  EXPECT_GT(sum.skipped, 0);
  EXPECT_EQ(sum.uplink_payload, Bits{sum.rounds * 50 * 32});
}

TEST(ParameterServer, ALazyMethodComputesOneGradientInTheWarmUpAndTwoAfterIt) {
  const Outcome outcome = run({.algorithm = named("lasg")});

  const cost::ComputeConfig cost;
  const double one = cost.seconds_per_gradient.value;
  EXPECT_NEAR(outcome.records[2].busy.compute.value, one, 1e-9);
  EXPECT_NEAR(outcome.records[2].busy.auxiliary_compute.value, 0.0, 1e-9);
  EXPECT_NEAR(outcome.records[3].busy.compute.value, 2 * one, 1e-9);
  EXPECT_NEAR(outcome.records[3].busy.auxiliary_compute.value, one, 1e-9);
}

TEST(ParameterServer, AWorkerOnTheServersHostUsesNoLink) {
  const Outcome outcome =
      run({.algorithm = named("sgd"), .protocol = {.server = ServerPlace::worker0}});

  const Communication& sent = outcome.records.front().communication;
  EXPECT_EQ(sent.rounds, workers);
  EXPECT_EQ(sent.uplink_wire, Bytes{(workers - 1) * 4000});
  EXPECT_EQ(sent.downlink_wire, Bytes{(workers - 1) * 4000});
  // From worker 1 to worker 0: its own uplink and worker 0's downlink, so two latencies.
  EXPECT_NEAR(outcome.records.front().busy.uplink.value,
              (workers - 1) * (2 * latency + 4000 / bandwidth), 1e-9);
}

TEST(ParameterServer, HeadersWeighOnBothDirections) {
  const Outcome outcome = run({.algorithm = named("sgd"), .wire = {.header_bytes = 20}});

  const Communication& sent = outcome.records.front().communication;
  EXPECT_EQ(sent.uplink_wire, Bytes{workers * 4020});
  EXPECT_EQ(sent.downlink_wire, Bytes{workers * 4020});
}

TEST(ParameterServer, SumsTheMinibatchStatisticsOfAllWorkers) {
  const Outcome outcome = run({.algorithm = named("sgd")});

  EXPECT_EQ(outcome.records.front().train.loss, 1.0 + 2.0 + 3.0 + 4.0);
  EXPECT_EQ(outcome.records.front().train.samples, 2 * workers);
}

/// Tolerance in seconds between simulated and cached timings of an iteration.
constexpr double exactness = 1e-9;

class Remembered : public testing::TestWithParam<std::tuple<std::string, bool>> {};

TEST_P(Remembered, OrNotAnIterationTakesTheSameTime) {
  const auto [name, use_cache] = GetParam();
  const Setting setting{.algorithm = named(name), .use_cache = use_cache};

  // One simulation per process, so each is compared with the closed form of its dates.
  const Outcome outcome = run(setting);

  const double flag = transfer(Bytes{1}, {});
  const double upload = transfer(name == "sasg" ? Bytes{400} : Bytes{4000}, {});
  const cost::ComputeConfig cost;
  double now = 0.0;
  for (const IterationRecord& record : outcome.records) {
    const bool lazy = name == "sasg" && record.iteration > 3;
    now += transfer(Bytes{4000}, {}) + (lazy ? 2 : 1) * cost.seconds_per_gradient.value +
           static_cast<double>(record.communication.rounds) * upload +
           static_cast<double>(record.communication.skipped) * flag;
    EXPECT_NEAR(record.finished.value, now, exactness);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Remembered,
                         testing::Combine(testing::Values("sgd", "sasg"), testing::Bool()),
                         [](const auto& test) {
                           return std::get<0>(test.param) +
                                  (std::get<1>(test.param) ? "_remembered" : "_simulated");
                         });

TEST(ParameterServer, KeepsItsBooksWhereNothingIsRemembered) {
  const Outcome outcome = run({.algorithm = named("sasg"), .use_cache = false});

  const Communication sum = total(outcome);
  EXPECT_EQ(outcome.ledger.uplink, sum.uplink_wire);
  EXPECT_EQ(outcome.ledger.downlink, sum.downlink_wire);
  EXPECT_EQ(outcome.ledger.carried, sum.uplink_wire + sum.downlink_wire);
}

TEST(ParameterServer, AFreeBroadcastTakesNoTimeAndNoBytes) {
  const Outcome outcome =
      run({.algorithm = named("sgd"), .protocol = {.broadcast = BroadcastKind::none}});

  EXPECT_EQ(total(outcome).downlink_wire, Bytes{0});
  EXPECT_EQ(outcome.records.back().busy.downlink, Seconds{0});
  const cost::ComputeConfig cost;
  EXPECT_NEAR(outcome.records.front().finished.value,
              cost.seconds_per_gradient.value + workers * transfer(Bytes{4000}, {}), 1e-9);
}

TEST(ParameterServer, ABinomialBroadcastTakesLogarithmicallyManySends) {
  const Outcome outcome =
      run({.algorithm = named("sgd"),
           .protocol = {.uplink = Reception::concurrent, .broadcast = BroadcastKind::binomial}});

  // Five nodes: the server sends to node 4, to node 2 (which then sends to node 3), to node 1. A
  // message between workers crosses two links. Node 3 receives the model at the end of the second
  // send plus one message between workers.
  const double from_server = transfer(Bytes{4000}, {});
  const double between_workers = 2 * latency + 4000 / bandwidth;
  EXPECT_NEAR(outcome.records.front().busy.downlink.value, 2 * from_server + between_workers, 1e-9);
  EXPECT_EQ(outcome.records.front().communication.downlink_wire, Bytes{workers * 4000});
}

TEST(ParameterServer, HandlingUploadsCostsTheServerAFixedPartAndOneForEach) {
  Setting setting{.algorithm = named("lasg")};
  setting.compute.server_seconds_per_iteration = {0.5};
  setting.compute.server_seconds_per_upload = {0.25};

  const Outcome outcome = run(setting);

  bool somebody_skipped = false;
  for (const IterationRecord& record : outcome.records) {
    const auto uploads = static_cast<double>(record.communication.rounds);
    const BusySeconds& busy = record.busy;
    EXPECT_NEAR(busy.server.value, 0.5 + 0.25 * uploads, 1e-9);
    EXPECT_NEAR(record.duration.value,
                (busy.downlink + busy.compute + busy.uplink + busy.server).value, 1e-9);
    somebody_skipped = somebody_skipped || record.communication.skipped > 0;
  }
  EXPECT_TRUE(somebody_skipped);
}

/// For a model of 1,000 entries in two tensors; the costs differ in magnitude, so that a sum
/// identifies its terms.
cost::ComputeConfig with_coding() {
  cost::ComputeConfig compute = gradients_alone();
  compute.selection_seconds_per_entry = {1e-5};
  compute.encoding_seconds_per_value = {2e-4};
  compute.decoding_seconds_per_value = {3e-4};
  compute.adding_seconds_per_value = {4e-6};
  return compute;
}

TEST(ParameterServer, SelectingEncodingAndDecodingTakeTheirTime) {
  const Outcome outcome = run({.algorithm = named("sparse"), .compute = with_coding()});

  for (const IterationRecord& record : outcome.records) {
    const double values = 0.05 * 1000;  // sent by each worker
    EXPECT_NEAR(record.busy.compute.value, 0.0125 + 1e-5 * 1000 + 2e-4 * values, 1e-9);
    EXPECT_NEAR(record.busy.server.value, workers * 3e-4 * values, 1e-9);
    EXPECT_NEAR(
        record.duration.value,
        (record.busy.downlink + record.busy.compute + record.busy.uplink + record.busy.server)
            .value,
        1e-9);
  }
}

TEST(ParameterServer, DenseUploadsAreNotSelectedButAdded) {
  const Outcome outcome = run({.algorithm = named("sgd"), .compute = with_coding()});

  EXPECT_NEAR(outcome.records.front().busy.compute.value, 0.0125, 1e-9);
  EXPECT_NEAR(outcome.records.front().busy.server.value, workers * 4e-6 * 1000, 1e-9);
}

TEST(ParameterServer, StragglersTakeTheirFactor) {
  cost::ComputeConfig compute = gradients_alone();
  compute.stragglers = cost::StragglerConfig{.probability = 1, .slowdown = 4};
  const Outcome outcome = run({.algorithm = named("sgd"), .compute = compute});

  EXPECT_NEAR(outcome.records.front().busy.compute.value, 4 * compute.seconds_per_gradient.value,
              1e-9);
}

TEST(ParameterServer, DependentExchangesOfAnIterationFollowEachOther) {
  using namespace algorithms;
  const Worker worker({.rule = std::make_unique<Always>(),
                       .compressor = std::make_unique<testing_support::SharedScale>(),
                       .memory = std::make_unique<NoMemory>()});
  training::TaskPool pool(2);
  training::SynchronousTrainer trainer(
      learner_config({}),
      {.workers = std::vector<Worker>(workers, worker),
       .server = Server({.workers = workers}, std::make_unique<Descent>(),
                        problem().initial_parameters()),
       .shape = {},
       .participation = std::make_unique<EveryWorker>(workers)},
      problem(), pool);
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, workers);
  const ParameterServer server{.protocol = {},
                               .cost_model = cost::CostModel({.compute = gradients_alone(),
                                                              .wire = {},
                                                              .encodings = trainer.encodings(),
                                                              .skip_flag = {1}})};
  Communication sum;
  int count = 0;
  const cost::ByteLedger ledger =
      server.run(simulation, platform, trainer, [&](const IterationRecord& record) {
        EXPECT_EQ(record.exchanges.size(), 2U);
        const ExchangeRecord& first = record.exchanges[0];
        const ExchangeRecord& second = record.exchanges[1];
        EXPECT_EQ(first.parts[0].upload.values, 1);
        EXPECT_EQ(first.times[0].model, Bytes{4000});
        EXPECT_EQ(second.parts[0].upload.values, 1000);
        EXPECT_EQ(second.parts[0].gradients, 0);
        EXPECT_EQ(second.times[0].model, Bytes{4}) << "the scale that all share";
        EXPECT_NEAR(second.begin.value + second.times[workers - 1].uplink.end.value,
                    record.duration.value, 1e-9);
        EXPECT_NEAR(record.busy.compute.value, 0.0125, 1e-9);
        sum += record.communication;
        return ++count < 3;
      });

  EXPECT_EQ(sum.rounds, 3 * 2 * workers);
  EXPECT_EQ(sum.uplink_wire, Bytes{3 * workers * (4 + 4000)});
  EXPECT_EQ(sum.downlink_wire, Bytes{3 * workers * (4000 + 4)});
  EXPECT_EQ(ledger.uplink, sum.uplink_wire);
  EXPECT_EQ(ledger.carried, sum.uplink_wire + sum.downlink_wire);
}

/// Worker t mod M and the one after it.
class TwoInTurn final : public algorithms::Participation {
 public:
  std::vector<bool> choose(const Model& theta, algorithms::StepSize /*size*/) override {
    std::vector<bool> chosen(workers, false);
    chosen[static_cast<std::size_t>(theta->iteration) % workers] = true;
    chosen[static_cast<std::size_t>(theta->iteration + 1) % workers] = true;
    return chosen;
  }
  [[nodiscard]] std::unique_ptr<Participation> clone() const override {
    return std::make_unique<TwoInTurn>(*this);
  }
};

class Participants : public testing::TestWithParam<Reception> {};

TEST_P(Participants, AloneReceiveComputeAndSend) {
  using namespace algorithms;
  const Worker worker({.rule = std::make_unique<Always>(),
                       .compressor = std::make_unique<Identity>(),
                       .memory = std::make_unique<NoMemory>()});
  training::TaskPool pool(2);
  training::SynchronousTrainer trainer(
      learner_config({}),
      {.workers = std::vector<Worker>(workers, worker),
       .server = Server({.workers = workers, .takes_mean = true}, std::make_unique<Descent>(),
                        problem().initial_parameters()),
       .shape = {},
       .participation = std::make_unique<TwoInTurn>()},
      problem(), pool);
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, workers);
  const ParameterServer server{.protocol = {.uplink = GetParam()},
                               .cost_model = cost::CostModel({.compute = gradients_alone(),
                                                              .wire = {},
                                                              .encodings = trainer.encodings(),
                                                              .skip_flag = {1}})};
  Communication sum;
  const cost::ByteLedger ledger =
      server.run(simulation, platform, trainer, [&](const IterationRecord& record) {
        sum += record.communication;
        const std::size_t first = static_cast<std::size_t>(record.iteration - 1) % workers;
        const auto times = record.exchanges.front().times;
        EXPECT_EQ(times[first].upload, Bytes{4000});
        EXPECT_EQ(times[(first + 2) % workers].model, Bytes{0});
        EXPECT_EQ(times[(first + 2) % workers].upload, Bytes{0});
        return record.iteration < 8;
      });

  EXPECT_EQ(sum.rounds, 8 * 2);
  EXPECT_EQ(sum.skipped, 0);
  EXPECT_EQ(sum.uplink_wire, Bytes{8 * 2 * 4000});
  EXPECT_EQ(sum.downlink_wire, Bytes{8 * 2 * 4000});
  EXPECT_EQ(ledger.carried, sum.uplink_wire + sum.downlink_wire);

  // The same as a plain loop: the mean over those that take part.
  Server alone({.workers = 2, .takes_mean = true}, std::make_unique<Descent>(),
               problem().initial_parameters());
  Worker one = worker;
  for (std::int64_t t = 0; t < 8; ++t) {
    const auto batches = problem().minibatches(t, alone.model());
    std::vector<int> chosen{static_cast<int>(t % workers), static_cast<int>((t + 1) % workers)};
    std::ranges::sort(chosen);
    std::vector<Message> uploads;
    for (const int m : chosen) {
      uploads.push_back(one.step(alone.model(), StepSize::same(0.02), batches->of(m), {}));
    }
    alone.step(0.02, std::move(uploads));
  }
  EXPECT_EQ(trainer.model()->plain(), alone.model()->plain());
}

INSTANTIATE_TEST_SUITE_P(Uplinks, Participants, every_reception(),
                         [](const auto& test) { return testing::PrintToString(test.param); });

/// Iterations of 4 kB models and uploads without training.
class FixedWork : public IterationSource {
 public:
  explicit FixedWork(int count)
      : FixedWork(testing_support::one_exchange(
            1000, std::vector<Part>(static_cast<std::size_t>(count),
                                    Part{.upload = testing_support::dense_message(1000)}))) {}
  /// The same iteration again and again.
  explicit FixedWork(IterationWork work) : work_(std::move(work)) {}
  [[nodiscard]] const EncodingNames& encodings() const override { return encodings_; }
  const IterationWork& next(const Dropped& /*absent*/) override { return work_; }
  void finish(const Dropped& /*missed*/) override {}

 private:
  IterationWork work_;
  EncodingNames encodings_ = testing_support::some_encodings();
};

class Downloads : public testing::TestWithParam<ProtocolConfig> {};

TEST_P(Downloads, OfAMessageOrOfTheModelByWorkersThatLackIt) {
  FixedWork idle(3);
  IterationWork work = idle.next({});
  work.exchanges[0].downloads.insert(work.exchanges[0].downloads.begin(),
                                     testing_support::dense_message(10));
  work.exchanges[0].parts[1].download = 1;
  FixedWork source(work);
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, 3);
  const ParameterServer server{.protocol = GetParam(),
                               .cost_model = cost::CostModel({.compute = gradients_alone(),
                                                              .wire = {},
                                                              .encodings = source.encodings(),
                                                              .skip_flag = {1}})};
  const cost::ByteLedger ledger =
      server.run(simulation, platform, source, [&](const IterationRecord& record) {
        const auto times = record.exchanges.front().times;
        EXPECT_EQ(times[0].model, Bytes{40});
        EXPECT_EQ(times[1].model, Bytes{4000});
        EXPECT_LT(times[0].compute.begin, times[1].compute.begin);
        EXPECT_EQ(record.communication.downlink_wire, Bytes{4080});
        return record.iteration < 3;
      });

  EXPECT_EQ(ledger.downlink, Bytes{3 * 4080});
  EXPECT_EQ(ledger.carried, ledger.uplink + ledger.downlink);
}

INSTANTIATE_TEST_SUITE_P(
    Protocols, Downloads,
    testing::Values(ProtocolConfig{}, ProtocolConfig{.uplink = Reception::concurrent},
                    ProtocolConfig{.on_failure = OnFailure::wait},
                    ProtocolConfig{.on_failure = OnFailure::go_on, .timeout = Seconds{10}}));

/// Records of the iterations of ten workers on a platform file whose hosts fail, until 500 s have
/// passed.
Outcome run_with_failures(const ProtocolConfig& protocol) {
  network::PlatformConfig config{.kind = network::PlatformKind::file};
  config.path = std::string(GRADWIRE_PLATFORMS) + "/star10-with-failures.xml";
  config.server = "server";
  for (int m = 0; m < 10; ++m) config.workers.push_back("worker-" + std::to_string(m));
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, config, 10);
  FixedWork idle(10);
  Outcome outcome;
  const ParameterServer server{
      .protocol = protocol,
      .cost_model = cost::CostModel({.compute = {.seconds_per_gradient = {1.5}},
                                     .wire = {},
                                     .encodings = idle.encodings(),
                                     .skip_flag = {1}})};
  outcome.ledger = server.run(simulation, platform, idle, [&](const IterationRecord& record) {
    outcome.records.push_back(record);
    return record.finished.value < 500;
  });
  return outcome;
}

class Failures : public testing::TestWithParam<Reception> {};

TEST_P(Failures, AreWaitedForAndBookedOnce) {
  const Outcome outcome = run_with_failures({.uplink = GetParam(), .on_failure = OnFailure::wait});

  const Communication sum = total(outcome);
  const auto count = static_cast<std::int64_t>(outcome.records.size());
  EXPECT_EQ(sum.rounds, 10 * count);
  EXPECT_EQ(sum.uplink_wire, Bytes{10 * count * 4000});
  // Worker 3 fails at 10, 70, 430 and 490 s, worker 7 at 100 s; while all workers wait for worker
  // 7, the failures of worker 3 have no effect.
  EXPECT_EQ(sum.restarts, 5);
  EXPECT_EQ(sum.downlink_wire, Bytes{(10 * count + sum.restarts) * 4000});
  EXPECT_EQ(outcome.ledger.downlink, sum.downlink_wire);
  EXPECT_EQ(outcome.ledger.carried, sum.uplink_wire + sum.downlink_wire);
}

TEST_P(Failures, MakeTheirIterationLastUntilTheHostReturns) {
  const Outcome outcome = run_with_failures({.uplink = GetParam(), .on_failure = OnFailure::wait});

  // Worker 3 fails at 10 s and returns at 15 s; its iteration ends one computation later. Worker 7
  // fails at 100 s and returns at 400 s; its iteration ends one computation later.
  const auto during = [&](double date) {
    for (const IterationRecord& record : outcome.records) {
      if (record.finished.value > date) return record;
    }
    throw std::logic_error("the run ended before");
  };
  EXPECT_NEAR(during(10).finished.value, 16.5, 0.01);
  EXPECT_NEAR(during(100).finished.value, 401.5, 0.01);
  EXPECT_EQ(during(10).communication.restarts, 1);
}

TEST_P(Failures, EndARunThatDoesNotWait) {
  EXPECT_THROW(run_with_failures({.uplink = GetParam()}), InputError);
}

INSTANTIATE_TEST_SUITE_P(Uplinks, Failures, every_reception(),
                         [](const auto& test) { return testing::PrintToString(test.param); });

TEST(Broadcast, ATreeReachesEveryNodeOnce) {
  for (int nodes = 1; nodes < 70; ++nodes) {
    std::vector<int> reached(static_cast<std::size_t>(nodes));
    for (int node = 0; node < nodes; ++node) {
      for (const int child : children_of(node, nodes)) ++reached[static_cast<std::size_t>(child)];
    }
    EXPECT_EQ(reached[0], 0);
    for (std::size_t node = 1; node < reached.size(); ++node) EXPECT_EQ(reached[node], 1);
  }
}

}  // namespace
}  // namespace gradwire::protocols::parameter_server_test
