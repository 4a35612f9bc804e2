#include "analysis/report.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/support.hpp"

namespace gradwire::analysis::report_test {
namespace {

using testing::HasSubstr;

using ReportOfMetrics = WithMetrics;

TEST_F(ReportOfMetrics, OfAWhatIfBeginsWithTimeAndDrawsOnceWhatDoesNotVary) {
  const Results results = results_of({run("sgd", "1Mbps", 10), run("sasg", "1Mbps", 2),
                                      run("sgd", "1Gbps", 1), run("sasg", "1Gbps", 3)});
  const Study study = group_runs(results);

  const Figures figures = make_figures(study, curves_of(study, 1000));

  EXPECT_THAT(slugs_of(figures.drawn),
              testing::ElementsAre("bandwidth", "pareto-seconds", "figure2-rounds", "figure2-bits",
                                   "figure2-seconds-uplink-1Mbps", "figure2-seconds-uplink-1Gbps",
                                   "figure3-communication-uplink-1Mbps",
                                   "figure3-communication-uplink-1Gbps"));
  EXPECT_EQ(figures.what_if_count, 1U);
  EXPECT_EQ(figures.pays.first, 1U);
  EXPECT_EQ(figures.pays.count, 1U);
  EXPECT_EQ(figures.drawn[2].title,
            "Accuracy and loss against communication rounds (the same in 2 settings)");
  EXPECT_THAT(figures.notes, testing::Not(testing::Contains(HasSubstr("Not drawn"))));
}

TEST(Report, DrawsWhatIsThereAndNotesWhatIsNot) {
  const Results results = results_of({sample_run("sgd", 1, 100), sample_run("sasg", 1, 50)});
  const Study study = group_runs(results);

  const Figures figures = make_figures(study, curves_of(study, 1000));

  EXPECT_THAT(slugs_of(figures.drawn),  // no metrics.csv, no uplink_seconds
              testing::ElementsAre("pareto-seconds"));
  EXPECT_THAT(figures.notes, testing::Contains(HasSubstr("has no metrics.csv")));
}

TEST(Report, ShowsThePapersTablesAfterTheComparisons) {
  analysis::Run sgd = sample_run("sgd", 1, 100), sasg = sample_run("sasg", 1, 50);
  for (analysis::Run* run : {&sgd, &sasg}) run->summary["uplink_seconds"] = "2";

  const Report report = make_report(results_of({sgd, sasg}), {.vega = "/nowhere"});

  EXPECT_THAT(slugs_of(report.tables),
              testing::ElementsAre("comparison", "comparison-end", "table2", "table3", "pareto"));
}

}  // namespace
}  // namespace gradwire::analysis::report_test
