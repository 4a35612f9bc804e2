#include "sim/studies/comparison.hpp"

#include <gmock/gmock.h>

#include <map>
#include <sstream>

#include "sim/results/summary.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::studies::comparison_test {
namespace {

using namespace testing_support;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

results::MetricRow row_of(std::int64_t rounds, double accuracy) {
  results::MetricRow row{.iteration = rounds};
  row.simulated = {static_cast<double>(rounds)};
  row.communication = {.rounds = rounds,
                       .skipped = 0,
                       .uplink_payload = {32 * rounds},
                       .uplink_wire = {4 * rounds},
                       .downlink_wire = {}};
  row.test.accuracy = accuracy;
  return row;
}

/// A run of `rounds` rounds that reached the baseline after half of them.
results::Summary ended(std::int64_t rounds, double accuracy) {
  const results::MetricRow final = row_of(rounds, accuracy);
  return {.communication = final.communication,
          .simulated = final.simulated,
          .final = final,
          .baseline = row_of(rounds / 2, accuracy)};
}

results::Summary without_baseline(results::Summary summary) {
  summary.baseline.reset();
  return summary;
}

results::Summary diverged() {
  results::Summary summary = without_baseline(ended(1, 0.1));
  summary.status = results::RunStatus::diverged;
  return summary;
}

/// The comparison of a plan's runs with these summaries, in the plan's order.
std::string table_of(const sweep::Plan& plan, const std::vector<results::Summary>& summaries) {
  std::vector<FinishedRun> runs;
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    runs.emplace_back(&plan.runs.at(i), results::to_json(summaries[i]));
  }
  return comparison(runs);
}

/// The words after `label` in the n-th line that begins with it.
std::vector<std::string> words_after(const std::string& table, const std::string& label,
                                     int nth = 1) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  " + label + " ") || --nth > 0) continue;
    std::istringstream words(line.substr(2 + label.size()));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

constexpr const char* two_seeds = R"({"name": "x", "base": {"baseline": {"above": 0.5}}, "sweep": [
    {"algorithm": [{"name": "sgd"}, {"name": "sasg"}]}, {"seed": [1, 2]}]})";

TEST(Comparison, SettingsThatFollowTheAlgorithmKeepItComparable) {
  const std::string table =
      table_of(plan_of(R"({"name": "x", "base": {"baseline": {"above": 0.5}}, "sweep": [
          {"algorithm": [{"name": "sgd"}, {"name": "sasg"}],
           "compute.server_seconds_per_upload": [0, 0.003]}]})"),
               {ended(200, 0.8), ended(50, 0.8)});

  EXPECT_THAT(words_after(table, "sasg", 2), ElementsAre("0.8000", "50", "25", "%", "1600", "25",
                                                         "%", "200", "25", "%", "50.0", "25", "%"));
}

TEST(Comparison, OfNothingIsEmpty) { EXPECT_EQ(comparison({}), ""); }

TEST(Comparison, TakesMeansOverSeedsAndSharesOfSgd) {
  const std::string table = table_of(
      plan_of(two_seeds), {ended(100, 0.8), ended(300, 0.9), ended(40, 0.6), ended(60, 0.7)});

  // accuracy, rounds, bits, wire bytes, simulated seconds, runs; half the costs at the baseline
  EXPECT_THAT(words_after(table, "sgd", 2),
              ElementsAre("0.8500", "200", "100", "%", "6400", "100", "%", "800", "100", "%",
                          "200.0", "100", "%", "2/2"));
  EXPECT_THAT(words_after(table, "sasg", 2),
              ElementsAre("0.6500", "50", "25", "%", "1600", "25", "%", "200", "25", "%", "50.0",
                          "25", "%", "2/2"));
  EXPECT_THAT(words_after(table, "sasg", 1),
              ElementsAre("0.6500", "25", "25", "%", "800", "25", "%", "100", "25", "%", "25.0",
                          "25", "%", "2/2"));
}

TEST(Comparison, NamesTheGoal) {
  EXPECT_THAT(table_of(plan_of(two_seeds), {ended(1, 1)}),
              HasSubstr("Until test accuracy above 0.5"));
  EXPECT_THAT(table_of(plan_of(R"({"name": "x"})"), {ended(1, 1)}), Not(HasSubstr("Until")));
}

TEST(Comparison, NamesAGoalOfTopFive) {
  const std::string table = table_of(plan_of(R"({"name": "x", "base": {"top5": true,
          "baseline": {"metric": "test_top5_accuracy", "above": 0.9}}})"),
                                     {ended(1, 1)});

  EXPECT_THAT(table, HasSubstr("Until test top-5 accuracy above 0.9 "));
}

TEST(Comparison, SharesAreOfTheSeedsThatBothHave) {
  // SGD reaches the baseline with seeds 1 and 2, SASG with seeds 2 and 3
  const sweep::Plan plan = plan_of(R"({"name": "x", "base": {"baseline": {"above": 0.5}}, "sweep": [
      {"algorithm": [{"name": "sgd"}, {"name": "sasg"}]}, {"seed": [1, 2, 3]}]})");
  const std::string table =
      table_of(plan, {ended(200, 0.8), ended(400, 0.8), without_baseline(ended(600, 0.4)),
                      without_baseline(ended(40, 0.4)), ended(100, 0.8), ended(300, 0.8)});

  // means over each method's own seeds: 150 and 100; the share, over seed 2, is 50 of 200
  EXPECT_THAT(words_after(table, "sgd", 1), testing::Contains("150"));
  EXPECT_THAT(words_after(table, "sasg", 1),
              ElementsAre("0.8000", "100", "25", "%*", "3200", "25", "%*", "400", "25", "%*",
                          "100.0", "25", "%*", "2/3"));
  EXPECT_THAT(table, HasSubstr("* of means over the seeds that both methods have here"));
}

TEST(Comparison, WithoutACommonSeedThereIsNoShare) {
  const std::string table =
      table_of(plan_of(two_seeds), {ended(200, 0.8), without_baseline(ended(600, 0.4)),
                                    without_baseline(ended(40, 0.4)), ended(100, 0.8)});

  EXPECT_THAT(words_after(table, "sasg", 1),
              ElementsAre("0.8000", "50", "-", "1600", "-", "200", "-", "50.0", "-", "1/2"));
}

TEST(Comparison, LeavesOutASummaryThatLacksNumbers) {
  const sweep::Plan plan = plan_of(two_seeds);
  std::vector<FinishedRun> runs{{&plan.runs.at(0), {{"status", 3}, {"final", "x"}}},
                                {&plan.runs.at(1), results::to_json(ended(100, 0.8))}};
  runs.back().second.erase("rounds");

  EXPECT_THAT(words_after(comparison(runs), "sgd", 2), ElementsAre("not", "tested"));
}

TEST(Comparison, SaysWhenTheBaselineIsNotReached) {
  const std::string table = table_of(
      plan_of(two_seeds), {ended(100, 0.8), without_baseline(ended(100, 0.4)),
                           without_baseline(ended(40, 0.4)), without_baseline(ended(40, 0.4))});

  EXPECT_THAT(words_after(table, "sgd", 1), testing::Contains("1/2"));
  EXPECT_THAT(words_after(table, "sasg", 1), ElementsAre("not", "reached"));
}

TEST(Comparison, LeavesOutRunsThatDiverged) {
  const std::string table =
      table_of(plan_of(two_seeds), {ended(100, 0.8), diverged(), diverged(), diverged()});

  EXPECT_THAT(words_after(table, "sgd", 2), testing::Contains("1/2"));
  EXPECT_THAT(words_after(table, "sgd", 2), testing::Contains("0.8000"));
  EXPECT_THAT(words_after(table, "sasg", 2), ElementsAre("diverged"));
}

TEST(Comparison, RunsWithoutATestAccuracyHaveNotDiverged) {  // for example synthesized runs
  results::Summary untested = without_baseline(ended(100, 0.8));
  untested.final.reset();

  const std::string table = table_of(plan_of(R"({"name": "x"})"), {untested});

  EXPECT_THAT(table, Not(HasSubstr("diverged")));
  EXPECT_THAT(table, HasSubstr("not tested"));
}

TEST(Comparison, OnlyRivalsOnTheSameOtherAxesAreCompared) {
  const sweep::Plan plan = plan_of(R"({"name": "x", "sweep": [{"workers": [2, 4]},
      {"algorithm": [{"name": "sgd"}, {"name": "sasg"}]}]})");

  const std::string table =
      table_of(plan, {ended(100, 0.8), ended(50, 0.8), ended(1000, 0.8), ended(50, 0.8)});

  EXPECT_THAT(words_after(table, "workers 2, sasg"), testing::Contains("50"));
  EXPECT_THAT(words_after(table, "workers 4, sasg"), testing::Contains("5"));
}

TEST(Comparison, KeepsItsColumnsWhereSgdIsMissing) {
  const sweep::Plan plan = plan_of(R"({"name": "x", "sweep": [{"workers": [2, 4]},
      {"algorithm": [{"name": "sgd"}, {"name": "sasg"}]}]})");

  const std::string table =
      table_of(plan, {ended(100, 0.8), ended(50, 0.8), diverged(), ended(50, 0.8)});

  EXPECT_THAT(words_after(table, "workers 4, sasg"),
              ElementsAre("0.8000", "50", "-", "1600", "-", "200", "-", "50.0", "-"));
}

TEST(Comparison, WithoutSgdThereAreNoShares) {
  const sweep::Plan plan =
      plan_of(R"({"name": "x", "sweep": [{"algorithm": [{"name": "sasg"}]}]})");

  const std::string table = table_of(plan, {ended(50, 0.8)});

  EXPECT_THAT(table, Not(HasSubstr("of SGD")));
  EXPECT_THAT(words_after(table, "sasg"), ElementsAre("0.8000", "50", "1600", "200", "50.0"));
}

TEST(Comparison, KeepsOneMethodWithTwoDensitiesApart) {
  const sweep::Plan plan = plan_of(R"({"name": "x", "sweep": [{"algorithm": [
      {"name": "sparse", "density": 0.01}, {"name": "sparse", "density": 0.1}]}]})");

  const std::string table = table_of(plan, {ended(10, 0.5), ended(30, 0.7)});

  EXPECT_THAT(words_after(table, "sparse, algorithm.density 0.01"), testing::Contains("10"));
  EXPECT_THAT(words_after(table, "sparse, algorithm.density 0.1"), testing::Contains("30"));
}

}  // namespace
}  // namespace gradwire::studies::comparison_test
