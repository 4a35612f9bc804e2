#include "sim/protocols/gossip/gossip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/temporary_folder.hpp"
#include "sim/network/energy.hpp"
#include "sim/protocols/gossip/gossip_routes.hpp"
#include "tests/support/edges.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire::protocols::gossip_test {
namespace {

namespace fs = std::filesystem;
using testing_support::DirectedEdges;
using testing_support::ring_edges;

constexpr double exactness = 1e-9;  // relative
constexpr double bandwidth = 125e6;
constexpr double path_latency = 100e-6;  // of two links of the star
constexpr double gradient_seconds = 0.01;

/// Work of one exchange: of each node `gradients` gradients, along each edge a message of `bytes`.
IterationWork along(const DirectedEdges& edges, const std::vector<double>& gradients,
                    const std::vector<std::int64_t>& bytes) {
  std::vector<Part> parts(gradients.size());
  for (std::size_t m = 0; m < parts.size(); ++m) parts[m].gradients = gradients[m];
  IterationWork work = testing_support::one_exchange(1000, parts);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    work.exchanges[0].edges.push_back({.from = edges[e].first,
                                       .to = edges[e].second,
                                       .sent = testing_support::dense_message(bytes[e] / 4)});
  }
  return work;
}

/// All nodes compute one gradient and all messages have `bytes`.
IterationWork equal_work(int nodes, const DirectedEdges& edges, std::int64_t bytes) {
  return along(edges, std::vector<double>(static_cast<std::size_t>(nodes), 1.0),
               std::vector<std::int64_t>(edges.size(), bytes));
}

/// What a trainer or a trace gives. Its work becomes invalid when it is finished.
class Source : public IterationSource {
 public:
  Source(std::int64_t iterations, std::function<IterationWork(std::int64_t t)> work)
      : iterations_(iterations), work_(std::move(work)) {}
  [[nodiscard]] const EncodingNames& encodings() const override { return encodings_; }
  const IterationWork& next(const Dropped& /*absent*/) override {
    if (t_ == iterations_) throw std::logic_error("asked for more than there is");
    return current_ = work_(++t_);
  }
  void finish(const Dropped& /*missed*/) override { current_ = {}; }
  [[nodiscard]] bool ended() const override { return t_ == iterations_; }
  [[nodiscard]] std::int64_t requested() const { return t_; }

 private:
  std::int64_t iterations_;
  std::function<IterationWork(std::int64_t t)> work_;
  std::int64_t t_ = 0;
  IterationWork current_;
  EncodingNames encodings_ = testing_support::some_encodings();
};

Source repeated(std::int64_t iterations, const IterationWork& work) {
  return {iterations, [work](std::int64_t) { return work; }};
}

/// A record and what it refers to.
struct Iteration {
  IterationRecord record;
  std::vector<WorkerTimes> times;
  std::vector<Part> parts;
  Seconds engine;  ///< date of the engine when it was reported
  [[nodiscard]] double begin() const { return (record.finished - record.duration).value; }
  /// Dates of a node.
  [[nodiscard]] double began(int m) const { return begin() + at(m).compute.begin.value; }
  [[nodiscard]] double ended(int m) const { return begin() + at(m).handling.end.value; }
  [[nodiscard]] const WorkerTimes& at(int m) const { return times[static_cast<std::size_t>(m)]; }
};

struct Outcome {
  std::vector<Iteration> iterations;
  cost::ByteLedger ledger;
  [[nodiscard]] const Iteration& at(std::int64_t t) const {
    return iterations[static_cast<std::size_t>(t - 1)];
  }
};

struct Setting {
  int nodes = 4;
  bool sends_first = false;
  bool use_cache = true;
  double seconds_per_mixed_value = 0;
  network::PlatformConfig platform{};
  /// Applied to the platform before the run.
  std::function<void(network::Platform&)> change = [](network::Platform&) {};
};

Gossip gossip_of(const Setting& setting, const EncodingNames& encodings) {
  cost::ComputeConfig compute;
  compute.seconds_per_gradient = {gradient_seconds};
  compute.adding_seconds_per_value = {setting.seconds_per_mixed_value};
  return {.cost_model = cost::CostModel(
              {.compute = compute, .wire = {}, .encodings = encodings, .skip_flag = {1}}),
          .sends_first = setting.sends_first,
          .use_cache = setting.use_cache};
}

Outcome run(const Setting& setting, Source source) {
  network::Simulation simulation({});
  network::Platform platform = build_platform(simulation, setting.platform, setting.nodes);
  platform.server = nullptr;
  setting.change(platform);
  Outcome outcome;
  const auto note = [&](const IterationRecord& record) {
    const ExchangeRecord& exchange = record.exchanges.front();
    outcome.iterations.push_back({.record = record,
                                  .times = {exchange.times.begin(), exchange.times.end()},
                                  .parts = {exchange.parts.begin(), exchange.parts.end()},
                                  .engine = network::Simulation::now()});
    return !source.ended() ||
           record.iteration < source.requested();  // the source is ahead of the reports
  };
  outcome.ledger = gossip_of(setting, source.encodings()).run(simulation, platform, source, note);
  return outcome;
}

/// All numbers of an outcome.
std::vector<double> numbers_of(const Outcome& outcome) {
  std::vector<double> all;
  for (const Iteration& one : outcome.iterations) {
    const IterationRecord& record = one.record;
    for (const Seconds time : {record.finished, record.duration, record.busy.uplink,
                               record.busy.compute, record.busy.server}) {
      all.push_back(time.value);
    }
    for (const WorkerTimes& times : one.times) {
      for (const Interval& interval : {times.compute, times.uplink, times.handling}) {
        all.push_back(interval.begin.value);
        all.push_back(interval.end.value);
      }
      all.push_back(static_cast<double>(times.upload.value));
    }
  }
  all.push_back(static_cast<double>(outcome.ledger.uplink.value));
  all.push_back(static_cast<double>(outcome.ledger.carried.value));
  return all;
}

/// Runs a simulation in a process of its own, since SimGrid's clock is one for a process.
std::vector<double> in_child(const std::function<std::vector<double>()>& simulate) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const ::pid_t child = ::fork();
  if (child == 0) {
    const std::vector<double> numbers = simulate();
    std::ofstream out("/dev/fd/" + std::to_string(ends[1]), std::ios::binary);
    out.write(reinterpret_cast<const char*>(numbers.data()),
              static_cast<std::streamsize>(numbers.size() * sizeof(double)));
    out.close();
    ::_exit(out ? 0 : 1);
  }
  ::close(ends[1]);
  std::vector<double> numbers;
  double one = 0;
  std::ifstream in("/dev/fd/" + std::to_string(ends[0]), std::ios::binary);
  while (in.read(reinterpret_cast<char*>(&one), sizeof one)) numbers.push_back(one);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("the child failed");
  return numbers;
}

// Equal nodes

struct Order {
  bool sends_first;
  std::int64_t bytes;
};

void PrintTo(const Order& order, std::ostream* out) {
  *out << (order.sends_first ? "first, " : "last, ") << order.bytes << " bytes";
}

class EqualNodes : public testing::TestWithParam<Order> {};

TEST_P(EqualNodes, OnARingHaveThePeriodOfTheClosedForm) {
  constexpr int nodes = 8;
  constexpr std::int64_t iterations = 20;
  constexpr double mixing_a_value = 1e-8;
  const auto [sends_first, bytes] = GetParam();
  const auto n = static_cast<double>(bytes);

  const Outcome outcome =
      run({.nodes = nodes, .sends_first = sends_first, .seconds_per_mixed_value = mixing_a_value},
          repeated(iterations, equal_work(nodes, ring_edges(nodes), bytes)));

  // Each link carries two messages at once.
  const double transfer = path_latency + 2 * n / bandwidth;
  const double mixing = 2 * n / 4 * mixing_a_value;
  const double period =
      mixing + (sends_first ? std::max(gradient_seconds, transfer) : gradient_seconds + transfer);
  ASSERT_EQ(std::ssize(outcome.iterations), iterations);
  for (std::int64_t t = 1; t <= iterations; ++t) {
    const IterationRecord& record = outcome.at(t).record;
    EXPECT_EQ(record.iteration, t);
    const double date = static_cast<double>(t) * period;
    EXPECT_NEAR(record.finished.value, date, exactness * date);
    EXPECT_NEAR(record.duration.value, period, exactness * period);
    EXPECT_NEAR(record.busy.compute.value, gradient_seconds, exactness * gradient_seconds);
    EXPECT_NEAR(record.busy.uplink.value, transfer, exactness * transfer);
    EXPECT_NEAR(record.busy.server.value, mixing, exactness * period);
    EXPECT_EQ(record.communication.rounds, 2 * nodes);
    EXPECT_EQ(record.communication.uplink_payload, Bits{2 * nodes * 8 * bytes});
    EXPECT_EQ(record.communication.uplink_wire, Bytes{2 * nodes * bytes});
    EXPECT_EQ(record.communication.downlink_wire, Bytes{0});
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, EqualNodes,
                         testing::Values(Order{false, 4000}, Order{false, 4'000'000},
                                         Order{true, 4000}, Order{true, 4'000'000}),
                         [](const auto& test) {
                           return std::string(test.param.sends_first ? "First" : "Last") +
                                  (test.param.bytes > 10'000 ? "Long" : "Short");
                         });

TEST(Gossip, ChargesCodingBeforeMessagesThatLeaveFirst) {
  constexpr int nodes = 4;
  constexpr std::int64_t bytes = 4'000'000;
  IterationWork work = equal_work(nodes, ring_edges(nodes), bytes);
  for (Part& part : work.exchanges[0].parts) part.upload = testing_support::sparse_message(1000);
  Source source = repeated(1, work);
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, nodes);
  cost::ComputeConfig compute;
  compute.seconds_per_gradient = {gradient_seconds};
  compute.encoding_seconds_per_value = {1e-6};  // one millisecond a message
  const Gossip gossip{
      .cost_model = cost::CostModel(
          {.compute = compute, .wire = {}, .encodings = source.encodings(), .skip_flag = {1}}),
      .sends_first = true};
  std::vector<WorkerTimes> times;
  gossip.run(simulation, platform, source, [&](const IterationRecord& record) {
    times.assign(record.exchanges[0].times.begin(), record.exchanges[0].times.end());
    return false;
  });

  for (const WorkerTimes& node : times) {
    EXPECT_NEAR(node.uplink.begin.value, 0.001, 1e-12);
    EXPECT_NEAR(node.compute.end.value, 0.011, 1e-12);
    EXPECT_NEAR(node.handling.begin.value, 0.001 + path_latency + 2 * bytes / bandwidth, 1e-12);
  }
}

TEST(Gossip, OnAStarSharesTheMiddlesLinks) {
  constexpr int nodes = 6;
  constexpr std::int64_t bytes = 1'000'000, iterations = 5;
  DirectedEdges edges;
  for (int leaf = 1; leaf < nodes; ++leaf) edges.insert(edges.end(), {{0, leaf}, {leaf, 0}});

  const Outcome outcome =
      run({.nodes = nodes}, repeated(iterations, equal_work(nodes, edges, bytes)));

  const double period = gradient_seconds + path_latency + (nodes - 1) * bytes / bandwidth;
  for (std::int64_t t = 1; t <= iterations; ++t) {
    const double date = static_cast<double>(t) * period;
    EXPECT_NEAR(outcome.at(t).record.finished.value, date, exactness * date);
  }
  EXPECT_EQ(outcome.at(1).at(0).upload, Bytes{(nodes - 1) * bytes});
  EXPECT_EQ(outcome.at(1).at(1).upload, Bytes{bytes});
}

TEST(Gossip, OnAStarWithASlowUplinkLetsTheMiddleGoOnWhileItsMessagesMove) {
  constexpr int nodes = 5;
  constexpr std::int64_t bytes = 1'000'000;
  DirectedEdges edges;
  for (int leaf = 1; leaf < nodes; ++leaf) edges.insert(edges.end(), {{0, leaf}, {leaf, 0}});
  Setting setting{.nodes = nodes};
  setting.platform.overrides = {{.worker = 0, .uplink = BytesPerSecond{bandwidth / 10}}};

  const Outcome outcome = run(setting, repeated(3, equal_work(nodes, edges, bytes)));

  const double in = path_latency + 4 * bytes / bandwidth;        // to the middle
  const double out = path_latency + 4 * bytes / bandwidth * 10;  // from it
  EXPECT_NEAR(outcome.at(1).ended(0), gradient_seconds + in, exactness);
  EXPECT_NEAR(outcome.at(1).ended(1), gradient_seconds + out, exactness);
  EXPECT_NEAR(outcome.at(2).began(0), gradient_seconds + in, exactness);
  EXPECT_NEAR(outcome.at(1).at(0).uplink.end.value, gradient_seconds + out, exactness);
  // The middle's second messages wait until its first ones have arrived.
  EXPECT_NEAR(outcome.at(2).ended(1), gradient_seconds + 2 * out, exactness);
}

// Waves of delay

/// Messages of no bytes: they take the latency, whatever else moves.
IterationWork without_bytes(const DirectedEdges& edges, const std::vector<double>& gradients) {
  return along(edges, gradients, std::vector<std::int64_t>(edges.size(), 0));
}

/// Dates at which the nodes begin iteration t + 1 by max-plus algebra, from those of t.
std::vector<double> next_dates(const std::vector<double>& begin, const IterationWork& work,
                               double latency) {
  const Exchange& exchange = work.exchanges.front();
  std::vector<double> computed(begin.size());
  for (std::size_t i = 0; i < begin.size(); ++i) {
    computed[i] = begin[i] + gradient_seconds * exchange.parts[i].gradients;
  }
  std::vector<double> next = computed;
  for (const EdgeMessage& edge : exchange.edges) {
    double& date = next[static_cast<std::size_t>(edge.to)];
    date = std::max(date, computed[static_cast<std::size_t>(edge.from)] + latency);
  }
  return next;
}

/// Compares the begin and the end of each node in each iteration with max-plus algebra.
void expect_max_plus(const Outcome& outcome, const std::function<IterationWork(std::int64_t)>& work,
                     double latency) {
  std::vector<double> dates(outcome.at(1).times.size());
  for (std::int64_t t = 1; t <= std::ssize(outcome.iterations); ++t) {
    const std::vector<double> next = next_dates(dates, work(t), latency);
    for (std::size_t i = 0; i < dates.size(); ++i) {
      const int node = static_cast<int>(i);
      ASSERT_NEAR(outcome.at(t).began(node), dates[i], exactness * next[i]) << t << ' ' << node;
      ASSERT_NEAR(outcome.at(t).ended(node), next[i], exactness * next[i]) << t << ' ' << node;
    }
    dates = next;
    const double finished = *std::ranges::max_element(dates);
    ASSERT_NEAR(outcome.at(t).record.finished.value, finished, exactness * finished);
  }
}

TEST(Waves, OfOneSlowNodeTravelOneEdgeAnIteration) {
  constexpr int nodes = 21, slow = 10;
  const auto work = [](std::int64_t t) {
    std::vector<double> gradients(nodes, 1.0);
    if (t == 3) gradients[slow] = 100;
    return without_bytes(ring_edges(nodes), gradients);
  };
  const Outcome outcome = run({.nodes = nodes}, {12, work});

  expect_max_plus(outcome, work, path_latency);
  // No barrier: a node at distance d lacks nothing until it ends iteration 2 + d.
  const double late = outcome.at(3).began(slow) + 100 * gradient_seconds;
  for (int distance = 1; distance <= 10; ++distance) {
    EXPECT_LT(outcome.at(1 + distance).ended(slow - distance), late);
    EXPECT_GT(outcome.at(2 + distance).ended(slow - distance), late);
  }
}

TEST(Waves, OfAnAlwaysSlowNodeBoundTheOthersByTheirDistance) {
  constexpr int nodes = 12, slow = 4;
  const auto work = [](std::int64_t) {
    std::vector<double> gradients(nodes, 1.0);
    gradients[slow] = 7;
    return without_bytes(ring_edges(nodes), gradients);
  };
  const Outcome outcome = run({.nodes = nodes}, {40, work});

  expect_max_plus(outcome, work, path_latency);
  // In the end all have its period, and the farthest, six edges away, is ahead.
  const double period = 7 * gradient_seconds;
  EXPECT_NEAR(outcome.at(40).record.finished.value - outcome.at(39).record.finished.value, period,
              exactness);
  EXPECT_LT(outcome.at(40).began(slow + 6), outcome.at(39).began(slow));
}

TEST(Waves, OfRandomDelaysFollowMaxPlusAlgebraOnAGraphThatChanges) {
  constexpr int nodes = 15;
  const auto work = [](std::int64_t t) {
    RandomStream random = stream(7, "gossip test", static_cast<std::uint64_t>(t));
    DirectedEdges edges;
    std::vector<double> gradients;
    for (int i = 0; i < nodes; ++i) {
      gradients.push_back(0.1 + 3 * random.uniform());
      for (int j = 0; j < nodes; ++j) {
        if (j != i && random.uniform() < 0.15) edges.emplace_back(i, j);
      }
    }
    return without_bytes(edges, gradients);
  };
  expect_max_plus(run({.nodes = nodes}, {60, work}), work, path_latency);
}

TEST(Waves, HaveTheDatesOfTheIndependentScript) {
  constexpr int nodes = 11;
  constexpr std::int64_t iterations = 30;
  const auto work = [](std::int64_t t) {
    std::vector<double> gradients;
    for (int i = 0; i < nodes; ++i) {
      gradients.push_back(static_cast<double>(1 + (3 * i + 5 * t) % 7));
      if (i == 5 && t == 4) gradients.back() += 50;
    }
    return without_bytes(ring_edges(nodes), gradients);
  };
  Setting setting{.nodes = nodes};
  setting.platform.latency = {0.01};
  const Outcome outcome = run(setting, {iterations, work});

  const std::array golden{
      2.660000000000, 2.640000000000, 2.660000000000, 2.630000000000,
      2.640000000000, 2.630000000000, 2.640000000000, 2.660000000000,
      2.640000000000, 2.660000000000, 2.630000000000};  // tests/reference/gossip_waves.py
  for (int i = 0; i < nodes; ++i) {
    const double date = golden.at(static_cast<std::size_t>(i));
    EXPECT_NEAR(outcome.at(iterations).ended(i), date, exactness * date) << i;
  }
}

TEST(Waves, DoNotReachANodeThatNobodySendsTo) {
  const auto work = [](std::int64_t) {
    return along({{0, 1}}, {1.0, 3.0}, {1'250'000});  // ten milliseconds
  };
  const Outcome outcome = run({.nodes = 2}, {10, work});

  const double transfer = path_latency + 0.01;
  for (std::int64_t t = 1; t <= 10; ++t) {
    const auto n = static_cast<double>(t);
    EXPECT_NEAR(outcome.at(t).ended(0), n * gradient_seconds, exactness);
    // Messages follow each other faster than node 1 computes: it waits for none but the first.
    EXPECT_NEAR(outcome.at(t).ended(1), n * 3 * gradient_seconds, exactness);
    EXPECT_NEAR(outcome.at(t).begin() + outcome.at(t).at(1).uplink.end.value,
                gradient_seconds + n * transfer, exactness);
  }
}

TEST(Edges, CarryOneMessageAfterTheOther) {
  // A directed ring; node 0's messages take ten times as long as it computes. As its predecessor
  // does not wait for it, it sends more before they have left.
  constexpr int nodes = 5;
  constexpr std::int64_t bytes = 125'000, iterations = 30;
  DirectedEdges edges;
  for (int i = 0; i < nodes; ++i) edges.emplace_back(i, (i + 1) % nodes);
  const IterationWork work = equal_work(nodes, edges, bytes);
  Setting setting{.nodes = nodes};
  setting.platform.overrides = {{.worker = 0, .uplink = BytesPerSecond{bandwidth / 100}}};
  const Outcome outcome = run(setting, repeated(iterations, work));

  std::vector<double> begin(nodes), arrived(nodes);  // arrived: of the newest message of each node
  for (std::int64_t t = 1; t <= iterations; ++t) {
    for (std::size_t i = 0; i < nodes; ++i) {
      const double seconds = path_latency + bytes / bandwidth * (i == 0 ? 100 : 1);
      arrived[i] = std::max(begin[i] + gradient_seconds, arrived[i]) + seconds;
    }
    for (std::size_t i = 0; i < nodes; ++i) {
      begin[i] = std::max(begin[i] + gradient_seconds, arrived[(i + nodes - 1) % nodes]);
      EXPECT_NEAR(outcome.at(t).ended(static_cast<int>(i)), begin[i], exactness * begin[i]);
    }
  }
  EXPECT_LT(outcome.at(nodes).ended(0), outcome.at(2).ended(1)) << "node 0 is ahead";
  EXPECT_EQ(outcome.ledger.carried, Bytes{nodes * bytes * iterations});
}

TEST(Edges, OfOnePeerEachThatChangesTakeOneTransferAnIteration) {
  constexpr int nodes = 16;
  constexpr std::int64_t bytes = 1'250'000, iterations = 12;
  const auto work = [](std::int64_t t) {
    DirectedEdges edges;
    for (int i = 0; i < nodes; ++i) edges.emplace_back(i, (i + (1 << ((t - 1) % 4))) % nodes);
    return equal_work(nodes, edges, bytes);
  };
  const Outcome outcome = run({.nodes = nodes}, {iterations, work});

  const double period = gradient_seconds + path_latency + bytes / bandwidth;
  for (std::int64_t t = 1; t <= iterations; ++t) {
    const double date = static_cast<double>(t) * period;
    EXPECT_NEAR(outcome.at(t).record.finished.value, date, exactness * date);
  }
}

// Unequal work

/// Random gradients and sizes on a ring with chords.
IterationWork random_work(std::int64_t t, int nodes) {
  RandomStream random = stream(11, "gossip test", static_cast<std::uint64_t>(t));
  DirectedEdges edges = ring_edges(nodes);
  for (int i = 0; i < nodes; i += 3) edges.emplace_back(i, (i + nodes / 2) % nodes);
  std::vector<double> gradients;
  std::vector<std::int64_t> bytes;
  for (int i = 0; i < nodes; ++i) gradients.push_back(2 * random.uniform());
  for (std::size_t e = 0; e < edges.size(); ++e) {
    bytes.push_back(4 * static_cast<std::int64_t>(500'000 * random.uniform()));
  }
  return along(edges, gradients, bytes);
}

class UnequalWork : public testing::TestWithParam<bool> {};

TEST_P(UnequalWork, IsCountedToTheByteAndNoSecondTwice) {
  constexpr int nodes = 12;
  constexpr std::int64_t iterations = 40;
  const auto work = [](std::int64_t t) { return random_work(t, nodes); };
  const Outcome outcome =
      run({.nodes = nodes, .sends_first = GetParam(), .seconds_per_mixed_value = 1e-8},
          {iterations, work});

  ASSERT_EQ(std::ssize(outcome.iterations), iterations);
  Bytes wire, uploads;
  Seconds last;
  BusySeconds busy;
  for (const Iteration& one : outcome.iterations) {
    const Seconds window = one.record.finished - last;
    EXPECT_GE(window.value, 0);
    for (const Seconds part :
         {one.record.busy.uplink, one.record.busy.compute, one.record.busy.server}) {
      EXPECT_GE(part.value, 0);
      EXPECT_LE(part, window);
    }
    busy += one.record.busy;
    last = one.record.finished;
    wire += one.record.communication.uplink_wire;
    for (const WorkerTimes& times : one.times) uploads += times.upload;
  }
  Bytes expected;
  for (std::int64_t t = 1; t <= iterations; ++t) {
    const IterationWork one = work(t);
    for (const EdgeMessage& edge : one.exchanges[0].edges) {
      expected += bytes_for(edge.sent.payload);
    }
  }
  EXPECT_EQ(wire, expected);
  EXPECT_EQ(uploads, expected);
  EXPECT_EQ(outcome.ledger.uplink, expected);
  EXPECT_EQ(outcome.ledger.carried, expected);
  EXPECT_EQ(outcome.ledger.downlink, Bytes{0});
}

/// Length of the union.
double length_of_union(std::vector<std::pair<double, double>> intervals) {
  std::ranges::sort(intervals);
  double sum = 0, covered = 0;
  for (const auto& [begin, end] : intervals) {
    sum += std::max(0.0, end - std::max(begin, covered));
    covered = std::max(covered, end);
  }
  return sum;
}

TEST_P(UnequalWork, IsBusyAsTheUnionOfItsActivities) {
  constexpr int nodes = 12;
  const Outcome outcome =
      run({.nodes = nodes, .sends_first = GetParam(), .seconds_per_mixed_value = 1e-7},
          {40, [](std::int64_t t) { return random_work(t, nodes); }});

  std::vector<std::pair<double, double>> computing, mixing;
  BusySeconds busy;
  for (const Iteration& one : outcome.iterations) {
    busy += one.record.busy;
    for (const WorkerTimes& times : one.times) {
      computing.emplace_back(one.begin() + times.compute.begin.value,
                             one.begin() + times.compute.end.value);
      mixing.emplace_back(one.begin() + times.handling.begin.value,
                          one.begin() + times.handling.end.value);
    }
  }
  EXPECT_NEAR(busy.compute.value, length_of_union(computing), exactness);
  EXPECT_NEAR(busy.server.value, length_of_union(mixing), exactness);
}

TEST_P(UnequalWork, KeepsTheOrderOfANodesActivities) {
  constexpr int nodes = 12;
  const Outcome outcome =
      run({.nodes = nodes, .sends_first = GetParam(), .seconds_per_mixed_value = 1e-8},
          {30, [](std::int64_t t) { return random_work(t, nodes); }});

  bool some_run_ahead = false;
  for (std::int64_t t = 1; t <= 30; ++t) {
    for (int i = 0; i < nodes; ++i) {
      const WorkerTimes& times = outcome.at(t).at(i);
      EXPECT_TRUE(times.along_edges);
      EXPECT_LE(times.compute.begin, times.compute.end);
      EXPECT_LE(times.compute.end, times.handling.begin);
      EXPECT_LE(times.handling.begin, times.handling.end);
      EXPECT_LE(times.uplink.begin, times.uplink.end);
      EXPECT_GE(times.compute.begin.value, 0);
      EXPECT_LE(times.handling.end, outcome.at(t).record.duration);
      if (t == 1) continue;
      EXPECT_NEAR(outcome.at(t).began(i), outcome.at(t - 1).ended(i), 1e-12) << "goes on at once";
      some_run_ahead |= outcome.at(t).began(i) < outcome.at(t - 1).record.finished.value;
    }
  }
  EXPECT_TRUE(some_run_ahead);
}

TEST_P(UnequalWork, TakesItsTimeWhoeverGivesIt) {
  constexpr int nodes = 9;
  std::map<std::int64_t, IterationWork> recorded;
  for (std::int64_t t = 1; t <= 20; ++t) recorded[t] = random_work(t, nodes);
  const Setting setting{.nodes = nodes, .sends_first = GetParam()};
  const auto computed = in_child([&] {
    return numbers_of(run(setting, {20, [](std::int64_t t) { return random_work(t, nodes); }}));
  });
  const auto replayed = in_child([&] {
    return numbers_of(run(setting, {20, [&](std::int64_t t) { return recorded.at(t); }}));
  });

  EXPECT_FALSE(computed.empty());
  EXPECT_EQ(computed, replayed);
}

INSTANTIATE_TEST_SUITE_P(Orders, UnequalWork, testing::Bool(), [](const auto& test) {
  return test.param ? "SendingFirst" : "SendingLast";
});

// Reused timings

class ReusedTimings : public testing::TestWithParam<bool> {};

TEST_P(ReusedTimings, AreThoseOfTheSimulation) {
  constexpr int nodes = 16;
  const DirectedEdges torus = testing_support::torus_edges(4, 4);
  // Three loads in turn, then one iteration in which a node is slow, and the first loads again.
  const auto work = [&](std::int64_t t) {
    IterationWork one = equal_work(nodes, torus, 40'000 * (1 + t % 3));
    if (t == 20) one.exchanges[0].parts[5].gradients = 9;
    return one;
  };
  const auto numbers = [&](bool use_cache) {
    return in_child([&, use_cache] {
      return numbers_of(run({.nodes = nodes,
                             .sends_first = GetParam(),
                             .use_cache = use_cache,
                             .seconds_per_mixed_value = 1e-8},
                            {60, work}));
    });
  };
  const std::vector<double> from_memory = numbers(true), simulated = numbers(false);

  ASSERT_EQ(from_memory.size(), simulated.size());
  ASSERT_GT(simulated.size(), 60U * nodes);
  for (std::size_t i = 0; i < simulated.size(); ++i) {
    ASSERT_NEAR(from_memory[i], simulated[i], exactness * std::abs(simulated[i]) + 1e-15) << i;
  }
}

TEST_P(ReusedTimings, DoNotAdvanceTheEngine) {
  constexpr int nodes = 16;
  const Outcome outcome =
      run({.nodes = nodes, .sends_first = GetParam()},
          repeated(50, equal_work(nodes, testing_support::torus_edges(4, 4), 40'000)));

  EXPECT_EQ(outcome.at(50).engine, outcome.at(1).engine) << "one was simulated";
  const double date = 50 * outcome.at(1).record.duration.value;
  EXPECT_NEAR(outcome.at(50).record.finished.value, date, exactness * date);
  EXPECT_EQ(outcome.ledger.uplink, Bytes{50LL * 4 * nodes * 40'000});
  EXPECT_EQ(outcome.ledger.carried, outcome.ledger.uplink);
}

INSTANTIATE_TEST_SUITE_P(Orders, ReusedTimings, testing::Bool(), [](const auto& test) {
  return test.param ? "SendingFirst" : "SendingLast";
});

TEST(ReusedTimings, AreNotUsedAfterNodesEndedApart) {
  // A star's leaves end before the middle has mixed all messages, so that they do not wait.
  constexpr int nodes = 4;
  DirectedEdges edges;
  for (int leaf = 1; leaf < nodes; ++leaf) edges.insert(edges.end(), {{0, leaf}, {leaf, 0}});
  const Outcome outcome = run({.nodes = nodes, .seconds_per_mixed_value = 1e-6},
                              repeated(10, equal_work(nodes, edges, 4000)));

  EXPECT_EQ(outcome.at(10).engine, outcome.at(10).record.finished);
  EXPECT_LT(outcome.at(2).began(1), outcome.at(2).began(0));
}

TEST(ReusedTimings, AreNotUsedOnAPlatformThatVaries) {
  constexpr int nodes = 4;
  const Outcome outcome =
      run({.nodes = nodes, .change = [](auto& platform) { platform.varies_in_time = true; }},
          repeated(10, equal_work(nodes, ring_edges(nodes), 4000)));

  EXPECT_EQ(outcome.at(10).engine, outcome.at(10).record.finished);
}

// The end

TEST(Gossip, RequestsEveryIterationOnceAndEndsWithTheLast) {
  constexpr int nodes = 8;
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, nodes);
  Source source(7, [](std::int64_t t) { return random_work(t, nodes); });
  std::vector<std::int64_t> reported;
  gossip_of({.nodes = nodes}, source.encodings())
      .run(simulation, platform, source, [&](const IterationRecord& record) {
        reported.push_back(record.iteration);
        return record.iteration < 7;
      });

  EXPECT_THAT(reported, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(source.requested(), 7);
}

TEST(Gossip, RefusesToEndBeforeItsSourceDoes) {
  constexpr int nodes = 8;
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, nodes);
  Source source(7, [](std::int64_t t) { return random_work(t, nodes); });
  const Gossip gossip = gossip_of({.nodes = nodes}, source.encodings());

  EXPECT_THROW(gossip.run(simulation, platform, source,
                          [&](const IterationRecord& record) { return record.iteration < 3; }),
               std::logic_error);
}

// Platforms

TEST(Gossip, WithinAHostSendsNothing) {
  constexpr int nodes = 4;
  constexpr std::int64_t bytes = 1'250'000;
  // Nodes 0 and 1 share a host, and its speed.
  const auto share = [](network::Platform& platform) { platform.workers[1] = platform.workers[0]; };
  const Outcome outcome = run({.nodes = nodes, .change = share},
                              repeated(1, equal_work(nodes, {{0, 1}, {1, 0}, {2, 3}}, bytes)));

  const Iteration& one = outcome.at(1);
  EXPECT_NEAR(one.ended(0), 2 * gradient_seconds, exactness);
  EXPECT_NEAR(one.ended(1), 2 * gradient_seconds, exactness);
  EXPECT_NEAR(one.ended(3), gradient_seconds + path_latency + 0.01, exactness);
  EXPECT_EQ(one.at(0).upload, Bytes{0});
  EXPECT_EQ(one.record.communication.rounds, 3);
  EXPECT_EQ(one.record.communication.uplink_payload, Bits{3 * 8 * bytes});
  EXPECT_EQ(one.record.communication.uplink_wire, Bytes{bytes});
  EXPECT_EQ(outcome.ledger.uplink, Bytes{bytes});
  EXPECT_EQ(outcome.ledger.carried, Bytes{bytes});
}

network::PlatformConfig workers_of(const std::string& path, int nodes) {
  network::PlatformConfig config{.kind = network::PlatformKind::file};
  config.path = path;
  for (int m = 0; m < nodes; ++m) config.workers.push_back("worker-" + std::to_string(m));
  return config;
}

TEST(Gossip, OnAPlatformFileFollowsItsRoutes) {
  constexpr int nodes = 10;
  constexpr std::int64_t bytes = 1'250'000;
  const DirectedEdges edges{{1, 2}, {2, 1}, {6, 7}};
  const Outcome outcome =
      run({.nodes = nodes,
           .platform = workers_of(GRADWIRE_PLATFORMS "/wide-area-federation.xml", nodes)},
          repeated(4, equal_work(nodes, edges, bytes)));

  const double in_the_north = 2 * 50e-6 + bytes / bandwidth;
  const double east_to_south = 2 * 50e-6 + 50e-3 + 75e-3 + bytes / 2.5e6;
  EXPECT_NEAR(outcome.at(4).ended(1), 4 * (gradient_seconds + in_the_north), exactness);
  EXPECT_NEAR(outcome.at(4).ended(6), 4 * gradient_seconds, exactness);
  EXPECT_NEAR(outcome.at(4).ended(7), gradient_seconds + 4 * east_to_south, exactness);
  EXPECT_EQ(outcome.ledger.uplink, Bytes{4LL * 3 * bytes});
  EXPECT_EQ(outcome.ledger.carried, outcome.ledger.uplink);
}

std::string platform_text(const std::string& route, const std::string& profile = "") {
  return R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="z" routing="Full">
    <host id="worker-0" speed="1Gf"/>
    <host id="worker-1" speed="1Gf")" +
         profile + R"(/>
    <host id="worker-2" speed="1Gf"/>
    <link id="line" bandwidth="1Gbps" latency="50us"/>
)" + route +
         "  </zone>\n</platform>\n";
}

std::string text_of_error(const Setting& setting, Source source) {
  try {
    run(setting, std::move(source));
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Gossip, NamesAMissingRoute) {
  const TemporaryFolder folder("gossip");
  const fs::path path = folder.path() / "no-route.xml";
  std::ofstream(path) << platform_text(
      R"(<route src="worker-0" dst="worker-1"><link_ctn id="line"/></route>)");
  const Setting setting{.nodes = 3, .platform = workers_of(path.string(), 3)};

  EXPECT_THAT(text_of_error(setting, repeated(5, equal_work(3, {{0, 1}, {1, 2}}, 4000))),
              testing::HasSubstr("no route from host \"worker-1\" to host \"worker-2\""));
}

TEST(Gossip, NamesAHostThatFails) {
  const TemporaryFolder folder("gossip");
  std::ofstream(folder.path() / "fails.profile") << "0.035 0\n";
  const fs::path path = folder.path() / "fails.xml";
  const std::string routes = R"(<route src="worker-0" dst="worker-1"><link_ctn id="line"/></route>
<route src="worker-1" dst="worker-2"><link_ctn id="line"/></route>
<route src="worker-0" dst="worker-2"><link_ctn id="line"/></route>
)";
  std::ofstream(path) << platform_text(routes, " state_file=\"fails.profile\"");
  const Setting setting{.nodes = 3, .platform = workers_of(path.string(), 3)};

  EXPECT_THAT(text_of_error(setting, repeated(50, equal_work(3, ring_edges(3), 4000))),
              testing::HasSubstr("host \"worker-1\" failed, and in gossip nodes wait"));
}

TEST(Gossip, UsesTheEnergyOfItsComputationsAndMessages) {
  constexpr int nodes = 3;
  constexpr std::int64_t bytes = 1'250'000, iterations = 4;  // ten milliseconds
  constexpr network::EnergyConfig watts{
      .host_idle_watts = 100, .host_busy_watts = 250, .link_idle_watts = 4, .link_busy_watts = 10};
  network::Simulation simulation({});
  network::EnergyMeter meter(simulation);
  network::Platform platform = build_platform(simulation, {.latency = {0}}, nodes, watts);
  platform.server = nullptr;
  const DirectedEdges edges{{0, 1}, {1, 2}, {2, 0}};
  meter.count(platform, gossip_routes(platform, edges));
  Source source = repeated(iterations, equal_work(nodes, edges, bytes));
  network::Energy energy;
  gossip_of({.use_cache = false}, source.encodings())
      .run(simulation, platform, source, [&](const IterationRecord& record) {
        energy = meter.read();
        return record.iteration < iterations;
      });

  const double computing = iterations * gradient_seconds, sending = iterations * 0.01;
  const double end = computing + sending;
  EXPECT_NEAR(energy.hosts.value, nodes * (end * 100 + computing * 150), 1e-6);
  EXPECT_NEAR(energy.links.value, 2 * nodes * (end * 4 + sending * 6), 1e-6);
}

TEST(GossipRoutes, AreThoseBetweenHostsOnceEach) {
  network::Simulation simulation({});
  network::Platform platform = build_platform(simulation, {}, 4);
  platform.workers[1] = platform.workers[0];

  const network::Routes routes =
      gossip_routes(platform, {{0, 1}, {0, 2}, {1, 2}, {2, 0}, {3, 2}, {3, 2}});

  const auto& hosts = platform.workers;
  EXPECT_THAT(routes,
              testing::ElementsAre(std::pair(hosts[0], hosts[2]), std::pair(hosts[2], hosts[0]),
                                   std::pair(hosts[3], hosts[2])));
}

}  // namespace
}  // namespace gradwire::protocols::gossip_test
