#include <gmock/gmock.h>

#include "analysis/figures/figures.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::worker_timelines_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Of a server and two workers, the second of which takes three times as long to compute.
Timeline asynchronous_timeline() {
  Timeline timeline{.tracks = {"server", "worker 0", "worker 1", "pushes of worker 0"},
                    .kinds = {"fetch", "compute", "push", "apply"},
                    .iterations = {1, 2},
                    .recorded = 2};
  for (int i = 0; i < 12; ++i) {
    const double begin = 2.0 * i;
    timeline.spans.push_back(
        {.iteration = 1, .track = 1, .kind = 0, .begin = begin, .duration = 1});
    timeline.spans.push_back(
        {.iteration = 1, .track = 1, .kind = 1, .begin = begin + 1, .duration = 1});
    timeline.spans.push_back(
        {.iteration = 1, .track = 3, .kind = 2, .begin = begin + 2, .duration = 0.5});
    timeline.spans.push_back(
        {.iteration = 1, .track = 0, .kind = 3, .begin = begin + 2.5, .duration = 0.1});
  }
  for (int i = 0; i < 4; ++i) {
    timeline.spans.push_back(
        {.iteration = 2, .track = 2, .kind = 1, .begin = 5.0 * i, .duration = 3});
  }
  return timeline;
}

class WorkerTimelines : public testing::Test {
 protected:
  Figures figures_of(const Timeline& timeline) const {
    const Study study = group_runs(results_);
    Figures figures;
    const std::vector<RunTimeline> timelines{{&results_.runs.front(), timeline}};
    add_worker_timelines(study, timelines, figures);
    return figures;
  }
  Results results_ =
      results_of({sample_run("downpour", 1, 0, {{"protocol", {{"kind", "asynchronous"}}}})});
};

TEST_F(WorkerTimelines, HaveARowPerWorkerUntilTheSlowestHasComputedThreeTimes) {
  const Figures figures = figures_of(asynchronous_timeline());

  ASSERT_EQ(figures.drawn.size(), 1U);
  ASSERT_EQ(figures.drawn[0].charts.size(), 1U);
  const Activities& shown = figures.drawn[0].charts[0].activities;
  EXPECT_THAT(shown.rows, ElementsAre("server", "worker 0", "worker 1"));
  double end = 0.0;
  std::size_t computations = 0, pushes = 0;
  for (const Activities::Stretch& one : shown.stretches) {
    end = std::max(end, one.end);
    const std::string& kind = shown.kinds[one.kind].label;
    if (kind == "compute" && one.row == 2) ++computations;
    if (kind != "push") continue;
    ++pushes;
    EXPECT_EQ(one.row, 1U) << "beside the other activities of its worker";
    EXPECT_GE(shown.kinds[one.kind].top, 0.6);
  }
  EXPECT_DOUBLE_EQ(end, 13.0);
  EXPECT_EQ(computations, 3U);
  EXPECT_EQ(pushes, 6U);
  EXPECT_THAT(figures.drawn[0].description, HasSubstr("2 of 2 workers"));
}

TEST_F(WorkerTimelines, WaitOnlyAsFarAsWasRecorded) {
  Timeline timeline = asynchronous_timeline();
  std::erase_if(timeline.spans, [](const Span& span) { return span.track == 2 && span.begin > 0; });

  const Figures figures = figures_of(timeline);

  ASSERT_EQ(figures.drawn.size(), 1U);
  for (const Activities::Stretch& one : figures.drawn[0].charts[0].activities.stretches) {
    if (one.kind == 0 && one.row == 2) EXPECT_DOUBLE_EQ(one.end, 3.0);
    if (one.kind == 0) EXPECT_NE(one.row, 0U) << "nobody knows what a server waits for";
  }
}

TEST_F(WorkerTimelines, AreDrawnOfTheFirstWorkersOnly) {
  Timeline timeline{.kinds = {"compute"}, .iterations = {1}, .recorded = 1};
  for (int m = 0; m < 40; ++m) {
    timeline.tracks.push_back("worker " + std::to_string(m));
    timeline.spans.push_back({.iteration = 1, .track = m, .kind = 0, .begin = 0, .duration = 1});
  }

  const Figures figures = figures_of(timeline);

  ASSERT_EQ(figures.drawn.size(), 1U);
  EXPECT_EQ(figures.drawn[0].charts[0].activities.rows.size(), 12U);
  EXPECT_THAT(figures.drawn[0].description, HasSubstr("12 of 40 workers"));
}

TEST_F(WorkerTimelines, NeedARecording) {
  Figures figures;
  add_worker_timelines(group_runs(results_), {}, figures);
  EXPECT_TRUE(figures.drawn.empty());
}

}  // namespace
}  // namespace gradwire::analysis::worker_timelines_test
