#include "sim/results/worker_totals.hpp"

#include <gmock/gmock.h>

#include <array>
#include <vector>

namespace gradwire::results::worker_totals_test {
namespace {

/// Two workers; the second is on the server's host. Times in seconds from the iteration's start.
struct Iterations {
  std::array<WorkerTimes, 2> times{WorkerTimes{.downlink = {{0.0}, {0.25}},
                                               .compute = {{0.25}, {0.75}},
                                               .uplink = {{1.0}, {1.5}},
                                               .model = {100},
                                               .upload = {40}},
                                   WorkerTimes{.downlink = {{0.0}, {0.125}},
                                               .compute = {{0.0}, {0.5}},
                                               .uplink = {{0.5}, {0.75}},
                                               .model = {100},
                                               .upload = {40},
                                               .remote = false}};
  std::array<Part, 2> parts{};
  std::array<ExchangeRecord, 1> exchanges;
  std::int64_t t = 0;

  IterationRecord next() {
    ++t;
    exchanges = {ExchangeRecord{.begin = {}, .times = times, .parts = parts}};
    return {.iteration = t,
            .finished = {2.0 * static_cast<double>(t)},
            .duration = {2.0},
            .exchanges = exchanges};
  }
};

TEST(WorkerTotals, AddUpWhatEachWorkerDid) {
  Iterations iterations;
  WorkerTotals totals(2);

  totals.add(iterations.next());
  iterations.parts[0].skipped = true;
  iterations.times[0].upload = {1};
  totals.add(iterations.next());

  const std::vector<WorkerRow> rows = totals.rows();
  EXPECT_EQ(rows[0].worker, 0);
  EXPECT_EQ(rows[0].downlink, Seconds{0.5});
  EXPECT_EQ(rows[0].compute, Seconds{1.0});
  EXPECT_EQ(rows[0].uplink, Seconds{1.0});
  EXPECT_EQ(rows[0].waiting, Seconds{1.5}) << "4 s less the others";
  EXPECT_EQ(rows[0].uploads, 1);
  EXPECT_EQ(rows[0].skips, 1);
  EXPECT_EQ(rows[0].uplink_wire, Bytes{41});
  EXPECT_EQ(rows[0].downlink_wire, Bytes{200});
}

TEST(WorkerTotals, AWorkerThatDoesNotTakePartNeitherUploadsNorSkips) {
  Iterations iterations;
  iterations.parts[0] = {.gradients = 0, .takes_part = false};
  iterations.times[0] = {};
  WorkerTotals totals(2);
  totals.add(iterations.next());

  const WorkerRow row = totals.rows()[0];
  EXPECT_EQ(row.uploads, 0);
  EXPECT_EQ(row.skips, 0);
  EXPECT_EQ(row.waiting, Seconds{2.0});
}

TEST(WorkerTotals, OnTheServersHostHaveNoTransfers) {
  Iterations iterations;
  WorkerTotals totals(2);

  totals.add(iterations.next());

  const WorkerRow row = totals.rows()[1];
  EXPECT_EQ(row.uplink, Seconds{0});
  EXPECT_EQ(row.downlink, Seconds{0});
  EXPECT_EQ(row.uplink_wire, Bytes{0});
  EXPECT_EQ(row.downlink_wire, Bytes{0});
  EXPECT_EQ(row.waiting, Seconds{1.5});
  EXPECT_EQ(row.uploads, 1);
}

TEST(WorkerTotals, CountADroppedWorkerAsNeitherAndModelsSentAgain) {
  Iterations iterations;
  iterations.times[0].dropped = true;
  iterations.times[0].resent = {300};
  WorkerTotals totals(2);

  totals.add(iterations.next());

  const WorkerRow row = totals.rows()[0];
  EXPECT_EQ(row.uploads + row.skips, 0);
  EXPECT_EQ(row.downlink_wire, Bytes{400});
}

TEST(WorkerTotals, NeverWaitForLessThanNoTime) {
  Iterations iterations;
  iterations.times[0].compute = {{0.0}, {2.5}};
  WorkerTotals totals(2);

  totals.add(iterations.next());

  EXPECT_EQ(totals.rows()[0].waiting, Seconds{0});
}

TEST(WorkerTotals, CountTimeOfComputingAndCommunicatingInBoth) {
  Iterations iterations;
  iterations.times[0] = {.compute = {{0.0}, {1.0}},
                         .uplink = {{0.5}, {1.25}},
                         .handling = {{1.25}, {1.5}},
                         .in_collective = true};
  WorkerTotals totals(2);

  totals.add(iterations.next());

  const WorkerRow row = totals.rows()[0];
  EXPECT_EQ(row.compute, Seconds{1.25});
  EXPECT_EQ(row.uplink, Seconds{0.75});
  EXPECT_EQ(row.waiting, Seconds{0.5}) << "from 1.5 s to 2 s";
}

/// Node 0 of a gossip method from 1 s to 3 s, in an iteration that begins at 0.5 s.
WorkerTimes along_edges() {
  return {.compute = {{0.5}, {1.0}},
          .uplink = {{1.25}, {2.75}},
          .upload = {40},
          .handling = {{2.0}, {2.5}},
          .along_edges = true,
          .messages = 3};
}

TEST(WorkerTotals, OfANodeCountMessagesThatOutlastItsIterationOnce) {
  Iterations iterations;
  iterations.times = {along_edges(), along_edges()};
  WorkerTotals totals(2);

  IterationRecord record = iterations.next();
  record.finished = {3.5};
  record.duration = {3.0};
  totals.add(record);
  record.finished = {
      5.5};  // its messages of the first iteration end at 3.25 s; these begin at 3.75
  totals.add(record);
  record.finished = {7.0};  // 5.25 s and 5.25 s
  totals.add(record);
  record.finished = {8.0};  // 6.75 s and 6.25 s
  totals.add(record);

  const WorkerRow row = totals.rows()[0];
  EXPECT_EQ(row.compute, Seconds{4 * 1.0});
  EXPECT_EQ(row.uplink, Seconds{1.5 + 1.5 + 1.5 + 1.0});
  EXPECT_EQ(row.uploads, 12);
  EXPECT_EQ(row.uplink_wire, Bytes{160});
  // Of 8 s it computes 4 and spends 0.75 in each iteration in its messages.
  EXPECT_EQ(row.waiting, Seconds{8 - 4 - 4 * 0.75});
}

TEST(WorkerTotals, AreATableWithARowPerWorker) {
  Iterations iterations;
  WorkerTotals totals(2);
  totals.add(iterations.next());

  EXPECT_EQ(totals.to_csv(),
            "worker,compute_seconds,uplink_seconds,downlink_seconds,waiting_seconds,uploads,skips,"
            "uplink_wire_bytes,downlink_wire_bytes\n"
            "0,0.5,0.5,0.25,0.75,1,0,40,100\n"
            "1,0.5,0,0,1.5,1,0,0,0\n");
}

}  // namespace
}  // namespace gradwire::results::worker_totals_test
