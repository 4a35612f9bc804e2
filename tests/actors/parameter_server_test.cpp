#include "sim/actors/parameter_server.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/actors/learner.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::actors {
namespace {

using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 4;
constexpr std::int64_t iterations = 30;
constexpr double bandwidth = 125e6;
constexpr double latency = 50e-6;

struct Setting {
  algorithms::AlgorithmConfig algorithm;
  network::NetworkConfig network;
  ProtocolConfig protocol;
  algorithms::WireConfig wire;
  ComputeConfig compute;
  bool remembers = true;
  int threads = 1;
};

struct Outcome {
  std::vector<IterationRecord> records;
  Vector parameters;
  Books books;
};

Problem& problem() {
  static Quadratic quadratic(workers, two_tensors(1000), 7, 0.2);
  return quadratic;
}

Learner::Config learner_config(const Setting& setting) {
  return {.algorithm = setting.algorithm, .workers = workers, .gamma = [](std::int64_t) {
            return algorithms::everywhere(0.02);
          }};
}

Outcome run(const Setting& setting) {
  TaskPool pool(setting.threads);
  Learner learner(learner_config(setting), problem(), pool);
  network::Simulation simulation(setting.network);
  network::Platform platform = build_platform(simulation, {}, workers);
  if (setting.protocol.server == "worker0") platform.server = platform.workers.front();
  Outcome outcome;
  const ParameterServer server{
      .protocol = setting.protocol,
      .weighing = Weighing({.compute = setting.compute,
                            .wire = setting.wire,
                            .skip_flag = {setting.protocol.skip_flag_bytes}}),
      .remembers = setting.remembers};
  outcome.books = server.run(simulation, platform, learner, [&](const IterationRecord& record) {
    outcome.records.push_back(record);
    return record.iteration < iterations;
  });
  outcome.parameters = learner.model()->parameters;
  return outcome;
}

/// The same method as a loop, without simulator, threads and messages on wires.
Vector plain_loop(const Setting& setting) {
  auto server = make_server(setting.algorithm, problem().initial_parameters(), workers);
  std::vector<algorithms::Worker> team(workers,
                                       make_worker(setting.algorithm, problem().layout(), workers));
  for (std::int64_t t = 0; t < iterations; ++t) {
    const auto batches = problem().minibatches(t, server.model());
    std::vector<algorithms::Message> uploads;
    for (int m = 0; m < workers; ++m) {
      uploads.push_back(team[static_cast<std::size_t>(m)].step(
          server.model(), algorithms::everywhere(0.02), batches->of(m)));
    }
    server.step(std::move(uploads));
  }
  return server.model()->parameters;
}

algorithms::AlgorithmConfig named(const std::string& name) {
  return {.name = name, .density = 0.05, .max_delay = 3, .threshold_scale = 0.5};
}

Communication total(const Outcome& outcome) {
  Communication sum;
  for (const IterationRecord& record : outcome.records) sum += record.communication;
  return sum;
}

/// Seconds of one message on the star.
double transfer(Bytes size, const network::NetworkConfig& network) {
  const auto factors = network::resolved_factors(network);
  return *factors.latency * latency +
         static_cast<double>(size.value) / (*factors.bandwidth * bandwidth);
}

using Case = std::tuple<std::string, std::string, std::string>;  // method, uplink, network model
class ClosedForm : public testing::TestWithParam<Case> {};

TEST_P(ClosedForm, HoldsForEveryIteration) {
  const auto [name, uplink, model] = GetParam();
  const Setting setting{.algorithm = named(name),
                        .network = {.model = model, .factors = {}},
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
    const double up = uplink == "sequential" ? sent * one + silent * flag : (sent > 0 ? one : flag);
    EXPECT_NEAR(record.busy.uplink.value, up, 1e-9);
    EXPECT_NEAR(record.busy.downlink.value, transfer(down, setting.network), 1e-9);
    now += record.busy.uplink.value + record.busy.downlink.value + record.busy.compute.value;
    EXPECT_NEAR(record.finished.value, now, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(MethodsProtocolsModels, ClosedForm,
                         testing::Combine(testing::Values("sgd", "sparse", "lasg", "sasg"),
                                          testing::Values("sequential", "concurrent"),
                                          testing::Values("CM02", "LV08")),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param) + "_" +
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
  EXPECT_EQ(outcome.books.uplink, sum.uplink_wire);
  EXPECT_EQ(outcome.books.downlink, sum.downlink_wire);
  EXPECT_EQ(outcome.books.carried, sum.uplink_wire + sum.downlink_wire);
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

  const ComputeConfig cost;
  const double one = cost.seconds_per_gradient.value;
  EXPECT_NEAR(outcome.records[2].busy.compute.value, one, 1e-9);
  EXPECT_NEAR(outcome.records[2].busy.auxiliary_compute.value, 0.0, 1e-9);
  EXPECT_NEAR(outcome.records[3].busy.compute.value, 2 * one, 1e-9);
  EXPECT_NEAR(outcome.records[3].busy.auxiliary_compute.value, one, 1e-9);
}

TEST(ParameterServer, AWorkerOnTheServersHostUsesNoLink) {
  const Outcome outcome = run({.algorithm = named("sgd"), .protocol = {.server = "worker0"}});

  const Communication& sent = outcome.records.front().communication;
  EXPECT_EQ(sent.rounds, workers);
  EXPECT_EQ(sent.uplink_wire, Bytes{(workers - 1) * 4000});
  EXPECT_EQ(sent.downlink_wire, Bytes{(workers - 1) * 4000});
  // Worker 1 to worker 0 passes its own uplink and worker 0's downlink: two latencies.
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

}  // namespace
}  // namespace gradwire::actors
