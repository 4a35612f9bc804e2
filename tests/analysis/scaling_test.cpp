#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/figures/figures.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::scaling_test {
namespace {

using testing::ElementsAre;

Run run_of(int workers, const char* kind, double seconds) {
  Run run = sample_run("sgd", 1, 0, {{"workers", workers}, {"protocol", {{"kind", kind}}}});
  run.summary["simulated_seconds"] = std::to_string(seconds);
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

TEST(Scaling, ComparesOrdersOfExchangesOverTheNumberOfWorkers) {
  const Figures figures =
      figures_of({run_of(2, "parameter_server", 100), run_of(8, "parameter_server", 400),
                  run_of(2, "all_reduce", 50), run_of(8, "all_reduce", 100)});

  ASSERT_EQ(figures.drawn.size(), 1U);
  const Chart& time = figures.drawn[0].charts[0];
  EXPECT_THAT(line(time, "SGD, parameter_server").y, ElementsAre(1, 4));  // 100 iterations
  EXPECT_THAT(line(time, "SGD, all_reduce").y, ElementsAre(0.5, 1));
  const Chart& speed_up = figures.drawn[0].charts[1];
  EXPECT_THAT(line(speed_up, "SGD, parameter_server").y, ElementsAre(1, 1));
  EXPECT_THAT(line(speed_up, "SGD, all_reduce").y, ElementsAre(1, 2));
  EXPECT_THAT(line(speed_up, "ideal").y, ElementsAre(1, 4));
}

TEST(Scaling, NeedsTwoNumbersOfWorkers) {
  EXPECT_TRUE(
      figures_of({run_of(4, "all_reduce", 1), run_of(4, "parameter_server", 2)}).drawn.empty());
}

}  // namespace
}  // namespace gradwire::analysis::scaling_test
