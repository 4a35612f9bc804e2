#include "sim/results/timeline.hpp"

#include <gmock/gmock.h>

#include <array>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace gradwire::results::timeline_test {
namespace {

struct Event {
  std::string name;
  double begin;
  double end;
};

/// The events of each thread; times in microseconds.
std::map<int, std::vector<Event>> events_of(const std::string& text) {
  static const std::regex pattern(
      R"r("ph":"X","name":"([a-z ]+)",.*"tid":([0-9]+),"ts":([0-9.]+),"dur":([0-9.]+))r");
  std::map<int, std::vector<Event>> events;
  for (std::sregex_iterator i(text.begin(), text.end(), pattern); i != std::sregex_iterator();
       ++i) {
    const double begin = std::stod((*i)[3]);
    events[std::stoi((*i)[2])].push_back(
        {.name = (*i)[1], .begin = begin, .end = begin + std::stod((*i)[4])});
  }
  return events;
}

std::vector<std::string> names_of(const std::vector<Event>& events) {
  std::vector<std::string> names;
  for (const Event& one : events) names.push_back(one.name);
  return names;
}

/// Two nodes without a barrier: node 0 begins its second iteration before node 1 ends its first.
class WithoutBarrier : public testing::Test {
 protected:
  WithoutBarrier() {
    timeline.add(record(1, 3.0, 3.0,
                        {WorkerTimes{.compute = {{0.0}, {0.5}},
                                     .uplink = {{0.75}, {2.5}},
                                     .upload = {40},
                                     .handling = {{1.0}, {1.25}},
                                     .along_edges = true},
                         WorkerTimes{.compute = {{0.0}, {0.75}},
                                     .uplink = {{0.5}, {2.5}},
                                     .handling = {{2.5}, {3.0}},
                                     .along_edges = true}}));
    timeline.add(record(2, 4.0, 2.75,
                        {WorkerTimes{.compute = {{0.0}, {0.5}},
                                     .uplink = {{0.25}, {2.0}},
                                     .handling = {{2.0}, {2.25}},
                                     .along_edges = true},
                         WorkerTimes{.compute = {{1.75}, {2.0}},
                                     .uplink = {{1.25}, {2.0}},
                                     .handling = {{2.0}, {2.75}},
                                     .along_edges = true}}));
    timeline.finish();
  }

  IterationRecord record(std::int64_t t, double finished, double duration,
                         const std::array<WorkerTimes, 2>& times) {
    times_ = times;
    exchanges_ = {ExchangeRecord{.begin = {}, .times = times_, .parts = parts_}};
    return {
        .iteration = t, .finished = {finished}, .duration = {duration}, .exchanges = exchanges_};
  }

  std::string text;
  Timeline timeline{2, [this](const std::string& part) { text += part; },
                    Timeline::Pattern::without_server};

 private:
  std::array<WorkerTimes, 2> times_;
  std::array<Part, 2> parts_{};
  std::array<ExchangeRecord, 1> exchanges_;
};

TEST_F(WithoutBarrier, EventsOfAThreadDoNotOverlap) {
  const auto threads = events_of(text);

  ASSERT_EQ(threads.size(), 3U);
  for (const auto& [thread, events] : threads) {
    for (std::size_t i = 1; i < events.size(); ++i) {
      EXPECT_LE(events[i - 1].end, events[i].begin) << thread << ' ' << i;
    }
  }
}

TEST_F(WithoutBarrier, ANodeWaitsUntilItsMessagesMove) {
  const auto threads = events_of(text);

  EXPECT_THAT(names_of(threads.at(1)),
              testing::ElementsAre("compute", "wait", "messages", "compute",  //
                                   "compute", "messages", "compute"));
  EXPECT_THAT(names_of(threads.at(2)),
              testing::ElementsAre("compute", "messages", "compute", "compute", "compute"));
  EXPECT_EQ(threads.at(1)[2].end, 1e6) << "no longer than the node needs them";
  EXPECT_EQ(threads.at(0)[1].begin, 3e6) << "what is left of an iteration when the last has ended";
}

TEST(Sharded, ShardsHaveThreadsBehindTheWorkers) {
  std::string text;
  Timeline timeline{1, [&text](const std::string& part) { text += part; },
                    Timeline::Pattern::with_server, 2};
  const std::array<WorkerTimes, 1> workers{WorkerTimes{.compute = {{1.0}, {2.0}}}};
  const std::array<Part, 1> parts{};
  const std::array<ShardTimes, 2> shards{
      ShardTimes{
          .broadcast = {{0.0}, {1.0}}, .reception = {{2.0}, {3.0}}, .handling = {{3.0}, {4.0}}},
      // Uploads begin before the last stretch has arrived.
      ShardTimes{.broadcast = {{0.0}, {1.5}}, .reception = {{1.0}, {3.5}}, .handling = {}}};
  const std::array<ExchangeRecord, 1> exchanges{
      ExchangeRecord{.begin = {}, .times = workers, .parts = parts, .shards = shards}};
  timeline.add({.iteration = 1, .finished = {4.0}, .duration = {4.0}, .exchanges = exchanges});
  timeline.finish();

  const auto threads = events_of(text);
  EXPECT_THAT(names_of(threads.at(2)), testing::ElementsAre("broadcast", "receive", "handle"));
  EXPECT_THAT(names_of(threads.at(3)), testing::ElementsAre("broadcast", "receive"));
  EXPECT_EQ(threads.at(3)[1].begin, 1.5e6);
  EXPECT_NE(text.find("shard 1 of the server"), std::string::npos);
}

}  // namespace
}  // namespace gradwire::results::timeline_test
