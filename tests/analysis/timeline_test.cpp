#include "analysis/results/timeline.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "sim/core/error.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::timeline_test {
namespace {

using testing::ElementsAre;

std::string event(int iteration, int track, const char* name) {
  return R"({"ph":"X","name":")" + std::string(name) + R"(","pid":1,"tid":)" +
         std::to_string(track) + R"(,"ts":2000,"dur":500,"args":{"bytes":8,"iteration":)" +
         std::to_string(iteration) + "}}";
}

class TimelineFile : public WithFolder {};

TEST_F(TimelineFile, IsReadWithItsTracksAndKinds) {
  const auto file = write("timeline.json",
                          R"({"displayTimeUnit":"ms","traceEvents":[
          {"ph":"M","name":"thread_name","pid":1,"tid":0,"args":{"name":"server"}},
          {"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"worker 0"}},)" +
                              event(1, 0, "broadcast") + "," + event(1, 1, "compute") + "," +
                              event(2, 1, "upload") + "]}");

  const Timeline timeline = read_timeline(file, 10);

  EXPECT_THAT(timeline.tracks, ElementsAre("server", "worker 0"));
  EXPECT_THAT(timeline.kinds, ElementsAre("broadcast", "compute", "upload"));
  EXPECT_THAT(timeline.iterations, ElementsAre(1, 2));
  ASSERT_EQ(timeline.spans.size(), 3U);
  EXPECT_EQ(timeline.spans[2].track, 1);
  EXPECT_EQ(timeline.spans[2].bytes, 8);
  EXPECT_DOUBLE_EQ(timeline.spans[2].begin, 0.002);
  EXPECT_DOUBLE_EQ(timeline.spans[2].duration, 0.0005);
}

TEST_F(TimelineFile, KeepsTheFirstIterationsAndSomeOfTheOthers) {
  std::string events;
  for (int t = 1; t <= 100; ++t) events += (t > 1 ? "," : "") + event(t, 0, "compute");

  const Timeline timeline =
      read_timeline(write("timeline.json", R"({"traceEvents":[)" + events + "]}"), 6);

  EXPECT_THAT(timeline.iterations, ElementsAre(1, 2, 3, 35, 67, 100));
  EXPECT_EQ(timeline.spans.size(), 6U);
  EXPECT_EQ(timeline.recorded, 100U);
}

TEST_F(TimelineFile, ErrorsSayWhatIsWrong) {
  EXPECT_THROW((void)read_timeline(write("a.json", "{\"traceEvents\":[{"), 5), InputError);
  EXPECT_THROW((void)read_timeline(write("b.json", "{\"events\":[]}"), 5), InputError);
  EXPECT_THROW((void)read_timeline(folder_ / "none.json", 5), InputError);
  EXPECT_THROW((void)read_timeline(write("c.json", std::string(50'000, '[')), 5), InputError);
}

TEST_F(TimelineFile, TakesNumbersThatNoIntegerHolds) {
  const auto file = write("timeline.json",
                          R"({"traceEvents":[{"ph":"X","name":"compute","tid":1e300,"ts":1,"dur":1,
                              "args":{"bytes":-1e300,"iteration":1e19}}]})");

  const Timeline timeline = read_timeline(file, 10);

  ASSERT_EQ(timeline.spans.size(), 1U);
  EXPECT_EQ(timeline.spans[0].iteration, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(timeline.spans[0].bytes, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(timeline.spans[0].track, 0);
}

TEST_F(TimelineFile, ThatIsDamagedBecomesANote) {
  Results results = results_of({sample_run("sgd", 1, 1), sample_run("sgd", 2, 1)});
  for (auto& run : results.runs) run.folder = folder_ / run.id;
  write("sgd-1/timeline.json", "{\"traceEvents\":[{");
  write("sgd-2/timeline.json", R"({"traceEvents":[)" + event(1, 0, "compute") + "]}");
  std::vector<std::string> notes;

  const std::vector<RunTimeline> timelines = timelines_of(results, notes);

  ASSERT_EQ(timelines.size(), 1U);
  EXPECT_EQ(timelines[0].run, &results.runs[1]);
  EXPECT_THAT(notes, ElementsAre(testing::HasSubstr("sgd-1/timeline.json: is not JSON")));
}

}  // namespace
}  // namespace gradwire::analysis::timeline_test
