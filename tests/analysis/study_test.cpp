#include "analysis/study/study.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "analysis/study/communication.hpp"
#include "analysis/study/cost.hpp"
#include "analysis/study/crossover.hpp"
#include "analysis/study/curve.hpp"
#include "analysis/study/learning_groups.hpp"
#include "analysis/study/models.hpp"
#include "analysis/study/run_notes.hpp"
#include "sim/core/error.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::study_test {
namespace {

using testing::ElementsAre;

Json uplink(const char* value) { return {{"platform", {{"uplink", value}}}}; }

TEST(Study, SeedsMakeASeriesAndTheOtherSettingsPanels) {
  const Results results = results_of(
      {sample_run("sasg", 2, 10, uplink("1Gbps")), sample_run("sgd", 1, 10, uplink("1Gbps")),
       sample_run("sasg", 1, 10, uplink("1Gbps")), sample_run("sgd", 1, 10, uplink("10Mbps"))});
  const Study study = group_runs(results);

  EXPECT_THAT(study.varied, ElementsAre("platform.uplink"));
  ASSERT_EQ(study.panels.size(), 2U);
  EXPECT_EQ(study.panels[0].label, "uplink 10Mbps");  // by size, not alphabetically
  EXPECT_EQ(study.panels[1].slug, "uplink-1Gbps");
  ASSERT_EQ(study.panels[1].series.size(), 2U);
  EXPECT_EQ(study.panels[1].series[0].label, "SGD");
  EXPECT_EQ(study.panels[1].series[1].runs[0]->seed(), "1");
}

TEST(Study, ParametersOfAnAlgorithmMakeSeriesNotPanels) {
  const Results results =
      results_of({sample_run("sasg", 1, 10, {{"algorithm", {{"density", 0.1}}}}),
                  sample_run("sasg", 1, 10, {{"algorithm", {{"density", 0.01}}}}),
                  sample_run("sgd", 1, 10, {{"learning_rate", {{"initial", 0.5}}}})});
  const Study study = group_runs(results);

  ASSERT_EQ(study.panels.size(), 1U);
  EXPECT_EQ(study.panels[0].series[0].label, "SGD");
  EXPECT_EQ(study.panels[0].series[1].label, "SASG, density 0.01");
  EXPECT_EQ(study.panels[0].series[2].label, "SASG, density 0.1");
}

TEST(Study, LabelsLeaveOutSettingsThatDoNotApply) {
  const auto protocol = [](const char* kind, const char* key, const char* value) {
    return sample_run("sgd", 1, 10, {{"protocol", {{"kind", kind}, {key, value}}}});
  };
  const Results results = results_of({protocol("all_reduce", "collective", "ring"),
                                      protocol("all_reduce", "collective", "tree"),
                                      protocol("parameter_server", "uplink", "concurrent"),
                                      protocol("parameter_server", "uplink", "sequential")});
  const Study study = group_runs(results);

  std::vector<std::string> labels;
  for (const Panel& panel : study.panels) labels.push_back(panel.label);
  EXPECT_THAT(labels, testing::UnorderedElementsAre(
                          "protocol.collective ring, protocol.kind all_reduce",
                          "protocol.collective tree, protocol.kind all_reduce",
                          "protocol.kind parameter_server, protocol.uplink concurrent",
                          "protocol.kind parameter_server, protocol.uplink sequential"));
}

TEST(Study, LabelsNameAMissingSettingWhereNothingElseWould) {
  const Results results =
      results_of({sample_run("sgd", 1, 10), sample_run("sgd", 1, 10, {{"warm_up", 1}}),
                  sample_run("sgd", 1, 10, {{"warm_up", 2}})});
  const Study study = group_runs(results);

  std::vector<std::string> labels;
  for (const Panel& panel : study.panels) labels.push_back(panel.label);
  EXPECT_THAT(labels, testing::UnorderedElementsAre("warm_up none", "warm_up 1", "warm_up 2"));
}

TEST(Study, RefusesTwoRunsThatOnlyTheFileSetsApart) {
  Results results = results_of({sample_run("sgd", 1, 10), sample_run("sgd", 1, 10)});

  EXPECT_THROW((void)group_runs(results), InputError);
}

TEST(Study, TellsRunsOfAnEditedPlatformFileApartByItsDigest) {
  const auto made_on = [](const char* path, const char* digest) {
    return Json{{"platform", {{"kind", "file"}, {"path", path}, {"digest", digest}}}};
  };
  const Results edited =
      results_of({sample_run("sgd", 1, 10, made_on("lan.xml", "0123456789abcdef")),
                  sample_run("sgd", 1, 20, made_on("lan.xml", "fedcba9876543210"))});
  const Study study = group_runs(edited);

  ASSERT_EQ(study.panels.size(), 2U);
  EXPECT_EQ(study.panels[0].label, "digest 01234567");
  EXPECT_EQ(study.panels[1].label, "digest fedcba98");
  EXPECT_THAT(study.notes, ElementsAre("lan.xml: the runs had 2 versions of this platform file; "
                                       "its digest sets them apart"));

  const Results two_files = results_of({sample_run("sgd", 1, 10, made_on("lan.xml", "01")),
                                        sample_run("sgd", 1, 20, made_on("wan.xml", "02"))});
  EXPECT_THAT(group_runs(two_files).varied, ElementsAre("platform.path"));
}

Json under(const char* model, const char* uplink, double share = 1.0) {
  return {{"network_model", model},
          {"network_factors", {{"bandwidth", share}}},
          {"platform", {{"uplink", uplink}}}};
}

TEST(Models, ArePanelsUnderThatOfTheFirst) {
  const Results results = results_of({sample_run("sgd", 1, 120, under("LV08", "1Gbps", 0.97)),
                                      sample_run("sgd", 1, 100, under("CM02", "1Gbps")),
                                      sample_run("sgd", 1, 90, under("calibrated", "1Gbps", 0.956)),
                                      sample_run("sgd", 1, 500, under("CM02", "1Mbps")),
                                      sample_run("sgd", 1, 0, under("LV08", "1Mbps", 0.97))});
  const Study study = group_runs(results);

  EXPECT_THAT(study.models, ElementsAre("CM02", "calibrated", "LV08"));
  EXPECT_THAT(study.varied, ElementsAre("platform.uplink"));
  ASSERT_EQ(study.panels.size(), 2U);
  EXPECT_EQ(study.panels[0].label, "uplink 1Mbps");
  EXPECT_EQ(study.panels[1].model, "CM02");
  ASSERT_EQ(study.panels[1].other_network_models.size(), 2U);
  EXPECT_EQ(study.panels[1].other_network_models[0].model, "calibrated");

  const auto envelope = envelope_of(study.panels[1], "SGD", "baseline.simulated_seconds");
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->least, 90 / 20.0);
  EXPECT_EQ(envelope->most, 120 / 20.0);
  EXPECT_FALSE(envelope_of(study.panels[0], "SGD", "baseline.simulated_seconds"));  // not reached
  EXPECT_EQ(sweeps_over(study, "platform.uplink").size(), 1U);
}

TEST(Models, StayApartWhereTheirFactorsWereVariedToo) {
  const Results results = results_of({sample_run("sgd", 1, 100, under("CM02", "1Gbps")),
                                      sample_run("sgd", 1, 120, under("CM02", "1Gbps", 0.5)),
                                      sample_run("sgd", 1, 120, under("LV08", "1Gbps", 0.97))});
  const Study study = group_runs(results);

  EXPECT_TRUE(study.models.empty());
  EXPECT_EQ(study.panels.size(), 3U);
}

TEST(Cost, CountsRunsThatDidNotReachTheBaselineAndBoundsTheMean) {
  const Results results = results_of({sample_run("sgd", 1, 400), sample_run("sgd", 2, 0)});
  const Study study = group_runs(results);

  const Cost cost = cost_of(study.panels[0].series[0], "baseline.rounds");

  EXPECT_FALSE(cost.whole());
  EXPECT_EQ(cost.missing_reasons(), "1 not reached");
  EXPECT_THAT(cost.values, ElementsAre(400.0));
  EXPECT_EQ(cost.mean_lower_bound(), 700.0);  // (400 + the 1000 rounds of the whole run) / 2
  EXPECT_FALSE(ratio_of(cost, cost).value);
}

TEST(Cost, TellsNoGoalFromNoColumnFromDivergence) {
  std::vector<analysis::Run> runs{sample_run("sgd", 1, 0, {{"baseline", nullptr}}),
                                  sample_run("sgd", 2, 50), sample_run("sgd", 3, 0)};
  runs[1].summary.erase("baseline.rounds");
  runs[2].summary["status"] = "diverged";
  Series series{.label = "SGD", .algorithm = "sgd", .runs = {&runs[0], &runs[1], &runs[2]}};

  const Cost cost = cost_of(series, "baseline.rounds");

  EXPECT_EQ(cost.missing_reasons(), "1 diverged, 1 without a baseline, 1 without this column");
  EXPECT_FALSE(cost.mean_lower_bound());
}

TEST(Cost, RatiosArePairedBySeed) {
  const Results results =
      results_of({sample_run("sgd", 1, 100), sample_run("sgd", 2, 300), sample_run("sgd", 3, 500),
                  sample_run("sasg", 2, 150), sample_run("sasg", 3, 250)});
  const Study study = group_runs(results);

  const Ratio ratio = ratio_of(cost_of(study.panels[0].series[1], "baseline.rounds"),
                               cost_of(study.panels[0].series[0], "baseline.rounds"));

  EXPECT_EQ(ratio.pairs, 2U);
  EXPECT_DOUBLE_EQ(*ratio.value, 0.5);  // seed 1 has no partner
  EXPECT_DOUBLE_EQ(ratio.interval->high, 0.5);
}

TEST(Crossover, LiesWhereTheLinesMeet) {
  // SGD takes 1000 s / bandwidth + 10 s, SASG 100 s / bandwidth + 100 s (in Mbps); between 1 and
  // 100 the logarithm of their ratio runs from log(1010/200) to log(20/101) over two decades, so it
  // is 0 at 10^(2 * 1.6194 / (1.6194 + 1.6194)) = 10.
  const Results results = results_of({sample_run("sgd", 1, 20 * 1010.0, uplink("1Mbps")),
                                      sample_run("sasg", 1, 20 * 200.0, uplink("1Mbps")),
                                      sample_run("sgd", 1, 20 * 20.0, uplink("100Mbps")),
                                      sample_run("sasg", 1, 20 * 101.0, uplink("100Mbps"))});
  const Study study = group_runs(results);
  const auto sweeps = sweeps_over(study, "platform.uplink");
  ASSERT_EQ(sweeps.size(), 1U);

  const Crossovers crossovers = crossovers_in(sweeps[0], "baseline.simulated_seconds");

  ASSERT_EQ(crossovers.found.size(), 1U);
  EXPECT_EQ(crossovers.found[0].below, "SASG");
  EXPECT_EQ(crossovers.found[0].above, "SGD");
  const double low = std::log(1010.0 / 200.0), high = std::log(101.0 / 20.0);
  EXPECT_NEAR(crossovers.found[0].at, 1e6 * std::pow(100.0, low / (low + high)), 1.0);
  EXPECT_FALSE(crossovers.found[0].interval);  // one seed
}

TEST(Study, ComparesMethodsThatHaveCostsOfCodingOfTheirOwn) {
  const auto coding = [](double seconds) {
    return Json{{"compute", {{"encoding_seconds_per_value", seconds}}}};
  };
  const Results own =
      results_of({sample_run("sgd", 1, 10, coding(1e-8)), sample_run("qsgd", 1, 10, coding(2e-8))});
  const Results swept =
      results_of({sample_run("sgd", 1, 10, coding(1e-8)), sample_run("sgd", 1, 10, coding(2e-8))});

  EXPECT_EQ(group_runs(own).panels.size(), 1U);
  EXPECT_EQ(group_runs(swept).panels.size(), 2U);
}

TEST(Crossover, IsUnknownWhereARunDidNotReachTheBaseline) {
  const Results results = results_of(
      {sample_run("sgd", 1, 0, uplink("1Mbps")), sample_run("sasg", 1, 20, uplink("1Mbps")),
       sample_run("sgd", 1, 20, uplink("100Mbps")), sample_run("sasg", 1, 21, uplink("100Mbps"))});
  const Study study = group_runs(results);

  const auto crossovers =
      crossovers_in(sweeps_over(study, "platform.uplink")[0], "baseline.simulated_seconds");

  EXPECT_TRUE(crossovers.found.empty());
  EXPECT_EQ(crossovers.unknown.size(), 1U);
}

TEST(UplinkTime, IsWhatComputingAndTheDownlinkLeave) {
  // 10 iterations. A gradient takes 1 s, from the third iteration on there is a second one, and the
  // downlink takes 0.5 s per iteration.
  analysis::Run run = sample_run("sasg", 1, 0);
  run.summary["iterations"] = "10";
  run.summary["compute_seconds"] = "18";
  run.summary["auxiliary_compute_seconds"] = "8";
  run.summary["downlink_seconds"] = "5";
  run.summary["uplink_seconds"] = "27";
  run.summary["simulated_seconds"] = "50";
  const auto time = UplinkTime::of(run);

  ASSERT_TRUE(time);
  EXPECT_DOUBLE_EQ(time->at(2, 10.0), 10.0 - 2.0 - 1.0);
  EXPECT_DOUBLE_EQ(time->at(4, 20.0), 20.0 - 6.0 - 2.0);
  EXPECT_DOUBLE_EQ(time->at(10, 50.0), 27.0);
  run.summary["simulated_seconds"] = "40";  // the parts overlap
  EXPECT_FALSE(UplinkTime::of(run));
}

TEST(LearningGroups, HoldPanelsThatAReplayTurnsIntoEachOther) {
  const auto run = [](double alpha, const char* uplink, const char* protocol) {
    return sample_run("sgd", 1, 10,
                      {{"dataset", {{"partition", {{"alpha", alpha}}}}},
                       {"platform", {{"uplink", uplink}}},
                       {"protocol", {{"on_failure", protocol}}}});
  };
  const Results results =
      results_of({run(0.1, "1Mbps", "stop"), run(0.1, "1Gbps", "stop"), run(5.0, "1Mbps", "stop"),
                  run(5.0, "1Gbps", "stop"), run(5.0, "1Gbps", "go_on")});
  const Study study = group_runs(results);

  const std::vector<LearningGroup> groups = learning_groups(study);

  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].label, "partition.alpha 0.1");
  EXPECT_EQ(groups[0].slug, "partition.alpha-0.1");
  EXPECT_EQ(groups[0].panels.size(), 2U);
  std::vector<std::size_t> sizes{groups[1].panels.size(), groups[2].panels.size()};
  std::ranges::sort(sizes);
  EXPECT_THAT(sizes, ElementsAre(1U, 2U));  // the panel with go_on is alone
  EXPECT_FALSE(is_what_if(study));
}

TEST(LearningGroups, OfANetworksStudyAreOneWithoutALabel) {
  const Results results = results_of(
      {sample_run("sgd", 1, 10, uplink("1Mbps")), sample_run("sgd", 1, 10, uplink("1Gbps"))});
  const Study study = group_runs(results);

  const std::vector<LearningGroup> groups = learning_groups(study);

  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].label + groups[0].slug, "");
  EXPECT_TRUE(is_what_if(study));
  EXPECT_FALSE(is_what_if(group_runs(results_of({sample_run("sgd", 1, 10)}))));
}

TEST(RunNotes, AreToldOnceWithWhoHasThem) {
  Results results = results_of(
      {sample_run("sgd", 1, 10, uplink("1Mbps")), sample_run("sgd", 2, 10, uplink("1Mbps")),
       sample_run("sgd", 1, 10, uplink("10Gbps")), sample_run("sgd", 2, 10, uplink("10Gbps")),
       sample_run("sasg", 1, 10, uplink("2Gbps")), sample_run("sasg", 2, 10, uplink("2Gbps"))});
  for (analysis::Run& run : results.runs) run.notes = {"All."};
  for (const std::size_t i : {2U, 3U, 4U, 5U}) results.runs[i].notes.emplace_back("Fast.");
  for (const std::size_t i : {0U, 2U}) results.runs[i].notes.emplace_back("Some.");
  for (const std::size_t i : {4U, 5U}) results.runs[i].notes.emplace_back("Of one method.");

  EXPECT_THAT(notes_of_runs(results),
              ElementsAre("All.", "Some. (2 of 6 runs)", "Fast. (platform.uplink 2Gbps, 10Gbps)",
                          "Of one method. (platform.uplink 2Gbps)"));
}

class Curves : public WithFolder {
 protected:
  analysis::Run run(int seed, const std::string& rows,
                    const std::string& header = "iteration,rounds,test_accuracy") {
    analysis::Run result = sample_run("sgd", seed, 0);
    result.folder = folder_ / std::to_string(seed);
    write(std::to_string(seed) + "/metrics.csv", header + "\n" + rows);
    return result;
  }

  /// A run whose summary's parts add up: 20 iterations of 1 s, of which the uplink takes 0.5 s.
  analysis::Run timed(int seed, const std::string& rows, const std::string& header) {
    analysis::Run result = run(seed, rows, header);
    result.summary.insert_or_assign("iterations", "20");
    result.summary.insert_or_assign("simulated_seconds", "20");
    for (const char* none : {"downlink_seconds", "auxiliary_compute_seconds", "server_seconds"}) {
      result.summary[none] = "0";
    }
    result.summary["uplink_seconds"] = result.summary["compute_seconds"] = "10";
    return result;
  }
};

constexpr std::size_t uplink_axis = 5;

TEST_F(Curves, TakeUplinkTimeFromItsColumn) {
  const analysis::Run a = timed(1, "10,10,0.5,4\n20,20,0.7,9\n",
                                "iteration,simulated_seconds,test_accuracy,uplink_seconds");

  const Curve curve = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100);

  EXPECT_THAT(curve.x[uplink_axis], ElementsAre(4.0, 9.0));
  EXPECT_EQ(curve.note, "");
}

TEST_F(Curves, InferUplinkTimeWhereTheColumnIsMissing) {
  const std::string header = "iteration,simulated_seconds,test_accuracy";
  analysis::Run a = timed(1, "10,10,0.5\n20,20,0.7\n", header);

  const Curve curve = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100);
  EXPECT_THAT(curve.x[uplink_axis], ElementsAre(5.0, 10.0));
  EXPECT_EQ(curve.note, "");

  a.summary["uplink_seconds"] = "8";
  a.summary["server_seconds"] = "2";
  EXPECT_THAT(curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100).note,
              testing::HasSubstr("includes the server's handling of uploads"));

  a.summary["compute_seconds"] = "15";  // the parts now overlap
  EXPECT_TRUE(
      curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100).x[uplink_axis].empty());
}

TEST_F(Curves, AreMeansOverSeedsAndEndWithTheFirstRun) {
  const analysis::Run a = run(1, "10,100,0.5\n20,200,0.7\n30,300,0.9\n"),
                      b = run(2, "10,80,0.7\n20,160,0.8\n");

  const Curve curve = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a, &b}}, 100);

  EXPECT_THAT(curve.x[0], ElementsAre(10.0, 20.0));
  EXPECT_THAT(curve.x[1], ElementsAre(90.0, 180.0));
  EXPECT_THAT(curve.mean[0], ElementsAre(0.6, 0.75));
  EXPECT_NEAR(curve.sd[0][0], std::sqrt(0.02), 1e-12);
  EXPECT_TRUE(curve.mean[1].empty());  // no train_loss
  EXPECT_EQ(curve.note, "ends at iteration 20, where the first of its 2 runs ends");
}

TEST_F(Curves, OfTheTrainingLossAreOfRecentMinibatches) {
  const std::string header = "iteration,train_loss,recent_train_loss";
  const analysis::Run a = run(1, "10,2.5,2\n20,2.5,1\n", header);

  const Curve curve = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100);

  EXPECT_THAT(curve.mean[1], ElementsAre(2.0, 1.0));
  EXPECT_EQ(curve.note, "");
}

TEST_F(Curves, OfTheTrainingLossUseOneColumnForAllSeeds) {
  const analysis::Run older = run(1, "10,2.5\n20,2.5\n", "iteration,train_loss"),
                      newer =
                          run(2, "10,3.5,2\n20,1.5,1\n", "iteration,train_loss,recent_train_loss");

  const Curve curve = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&older, &newer}}, 100);

  EXPECT_THAT(curve.mean[1], ElementsAre(3.0, 2.0));
  EXPECT_THAT(curve.note,
              testing::HasSubstr("its training loss is the running mean of each epoch"));
}

TEST_F(Curves, OfADamagedFileAreANote) {
  const analysis::Run a = run(1, "1,1,0.1\n2,2\n");

  const Curve curve = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100);

  EXPECT_TRUE(curve.x[0].empty());
  EXPECT_THAT(curve.note, testing::HasSubstr("metrics.csv: line 3: has 2 cells"));
}

TEST_F(Curves, KeepNanAndTheLastPoint) {
  const analysis::Run a = run(1, "1,1,0.1\n2,2,nan\n3,3,0.3\n4,4,0.4\n5,5,0.5\n");

  const Curve all = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 100);
  const Curve thin = curve_of({.label = "SGD", .algorithm = "sgd", .runs = {&a}}, 3);

  EXPECT_TRUE(std::isnan(all.mean[0][1]));
  EXPECT_THAT(thin.x[0], ElementsAre(1.0, 3.0, 5.0));
}

}  // namespace
}  // namespace gradwire::analysis::study_test
