#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/figures/figures.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::scaling_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A run of two epochs.
Run run_of(int workers, const char* kind, double seconds, const char* method = "sgd",
           int local_steps = 1) {
  Run run = sample_run(method, 1, 0, {{"workers", workers}, {"protocol", {{"kind", kind}}}});
  if (local_steps > 1) run.settings["algorithm.local_steps"] = std::to_string(local_steps);
  run.summary["simulated_seconds"] = std::to_string(seconds);
  run.summary["iterations"] = std::to_string(1000 / workers / local_steps);
  run.summary["final.epoch"] = "2";
  return run;
}

/// 100 iterations of made-up work, which are called an epoch whatever the number of workers.
Run synthesized_run(int workers, double seconds) {
  Run run = run_of(workers, "all_reduce", seconds);
  run.summary["final.epoch"] = "1";
  run.summary["environment.blas"] = "none: synthetic";
  return run;
}

Figures figures_of(std::vector<Run> runs) {
  Results results;
  results.runs = std::move(runs);
  const Study study = group_runs(results);
  Figures figures;
  add_scaling(study, figures);
  return figures;
}

const Line& line(const Chart& chart, const std::string& label) {
  const auto found = std::ranges::find(chart.lines, label, &Line::label);
  EXPECT_NE(found, chart.lines.end()) << label;
  return *found;
}

TEST(Scaling, ComparesOrdersOfExchangesWithOneReference) {
  const Figures figures =
      figures_of({run_of(2, "parameter_server", 100), run_of(8, "parameter_server", 40),
                  run_of(2, "all_reduce", 50), run_of(8, "all_reduce", 20)});

  ASSERT_EQ(figures.drawn.size(), 1U);
  const Chart& time = figures.drawn[0].charts[0];
  EXPECT_THAT(line(time, "SGD, parameter_server").y, ElementsAre(50, 20));  // of one of two epochs
  EXPECT_THAT(line(time, "SGD, all_reduce").y, ElementsAre(25, 10));
  const Chart& speed_up = figures.drawn[0].charts[1];
  EXPECT_THAT(line(speed_up, "SGD, parameter_server").y, ElementsAre(1, 2.5));
  EXPECT_THAT(line(speed_up, "SGD, all_reduce").y, ElementsAre(2, 5));
  EXPECT_THAT(line(speed_up, "ideal").y, ElementsAre(1, 4));
  EXPECT_THAT(figures.drawn[0].description,
              HasSubstr("over SGD, parameter_server with 2 workers, with the most workers"));
}

TEST(Scaling, ComparesLocalStepsAtEqualSamples) {
  const Figures figures = figures_of({run_of(2, "all_reduce", 80, "local_sgd", 10),
                                      run_of(4, "all_reduce", 50, "local_sgd", 10),
                                      run_of(2, "all_reduce", 100), run_of(4, "all_reduce", 80)});

  ASSERT_EQ(figures.drawn.size(), 1U);
  const auto& charts = figures.drawn[0].charts;
  EXPECT_THAT(line(charts[0], "Local SGD").y, ElementsAre(40, 25));
  EXPECT_THAT(line(charts[1], "Local SGD").y, ElementsAre(1.25, 2));
  EXPECT_THAT(line(charts[1], "SGD").y, ElementsAre(1, 1.25));
}

TEST(Scaling, CountsSamplesOfSynthesizedIterationsByWorkers) {
  const Figures figures = figures_of({synthesized_run(2, 10), synthesized_run(8, 20)});

  ASSERT_EQ(figures.drawn.size(), 1U);
  EXPECT_EQ(figures.drawn[0].charts[0].title, "at equal samples: an epoch of 2 workers");
  EXPECT_THAT(line(figures.drawn[0].charts[0], "SGD").y, ElementsAre(10, 5));
  EXPECT_THAT(line(figures.drawn[0].charts[1], "SGD").y, ElementsAre(1, 2));
}

TEST(Scaling, LeavesOutRunsWhoseSamplesAreUnknown) {
  analysis::Run growing = run_of(8, "all_reduce", 20);
  growing.settings["algorithm.batch_growth"] = "1.1";
  EXPECT_TRUE(figures_of({run_of(2, "all_reduce", 10), growing}).drawn.empty());
}

TEST(Scaling, NeedsTwoNumbersOfWorkers) {
  EXPECT_TRUE(
      figures_of({run_of(4, "all_reduce", 1), run_of(4, "parameter_server", 2)}).drawn.empty());
}

}  // namespace
}  // namespace gradwire::analysis::scaling_test
