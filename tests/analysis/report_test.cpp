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

/// Runs of different numbers of workers without a baseline.
class ReportOverWorkers : public WithFolder {
 protected:
  analysis::Run run(int workers, const std::string& accuracy, const std::string& loss) const {
    analysis::Run result = sample_run("sgd", 1, 0, {{"workers", workers}, {"baseline", nullptr}});
    const std::string name = "sgd" + std::to_string(workers);
    write(name + "/metrics.csv",
          "iteration,simulated_seconds,rounds,uplink_payload_bits,recent_train_loss,test_accuracy,"
          "uplink_seconds\n100,50,1000,3200," +
              loss + "," + accuracy + ",20\n");
    result.folder = folder_ / name;
    result.summary["uplink_seconds"] = "20";
    result.summary["final.epoch"] = "2";
    return result;
  }

  analysis::Run synthesized(int workers) const {
    analysis::Run result = run(workers, "nan", "0");
    result.summary["environment.blas"] = "none: synthetic";
    result.summary.erase("final.test_accuracy");
    return result;
  }

  Figures figures_of(std::vector<analysis::Run> runs) const {
    const Results results = results_of(std::move(runs));
    const Study study = group_runs(results);
    return make_figures(study, curves_of(study, 1000));
  }
};

TEST_F(ReportOverWorkers, HasOneFigureOfEachKindAndNoNotes) {
  const Figures figures = figures_of({run(2, "0.5", "1.5"), run(4, "0.6", "1.4")});

  EXPECT_THAT(slugs_of(figures.drawn),
              testing::ElementsAre("figure2-rounds", "figure2-bits", "figure2-seconds",
                                   "figure3-communication", "scaling"));
  EXPECT_THAT(figures.notes, testing::IsEmpty());
  const Figure& rounds = figures.drawn[0];
  ASSERT_EQ(rounds.charts.size(), 4U);
  EXPECT_EQ(rounds.columns, 2U);
  EXPECT_EQ(rounds.title,
            "Accuracy and loss against communication rounds (by the number of workers)");
  EXPECT_EQ(rounds.charts[2].title, "workers 4");
  EXPECT_EQ(rounds.charts[2].lines[0].y, std::vector{0.6});
  EXPECT_EQ(rounds.charts[3].lines[0].y, std::vector{1.4});
}

TEST_F(ReportOverWorkers, DrawsNoLearningOfSynthesizedIterations) {
  const Figures figures = figures_of({synthesized(2), synthesized(4)});

  EXPECT_THAT(slugs_of(figures.drawn), testing::ElementsAre("figure3-communication", "scaling"));
  EXPECT_EQ(figures.drawn[0].charts.size(), 2U);  // bars alone
  EXPECT_THAT(figures.notes, testing::IsEmpty());
}

TEST_F(ReportOverWorkers, LeavesBarsOfManySettingsToTheTable) {
  std::vector<analysis::Run> runs;
  for (int workers = 1; workers <= 13; ++workers) runs.push_back(synthesized(workers));

  EXPECT_THAT(slugs_of(figures_of(std::move(runs)).drawn), testing::ElementsAre("scaling"));
}

TEST_F(ReportOverWorkers, LeavesOutAColumnWithoutNumbers) {
  const Figures figures = figures_of({run(2, "nan", "1.5"), run(4, "nan", "1.4")});

  EXPECT_EQ(figures.drawn[0].slug, "figure2-rounds");
  ASSERT_EQ(figures.drawn[0].charts.size(), 2U);
  EXPECT_EQ(figures.drawn[0].charts[1].y_title, "Training loss (nats)");
  EXPECT_THAT(figures.notes, testing::Contains(HasSubstr("test_accuracy against rounds: the "
                                                         "results lack a column")));
}

}  // namespace
}  // namespace gradwire::analysis::report_test
