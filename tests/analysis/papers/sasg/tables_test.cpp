#include <gmock/gmock.h>

#include "analysis/papers/sasg/sasg.hpp"
#include "analysis/tables/render.hpp"
#include "analysis/tables/repeated.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::papers::sasg::tables_test {
namespace {

using testing::HasSubstr;
using testing::Not;

Json paper_settings() {
  return {{"dataset", {{"name", "mnist"}, {"partition", {{"kind", "iid"}}}}},
          {"model", {{"name", "mlp"}, {"hidden", {512}}}},
          {"batch_size", 10},
          {"learning_rate", {{"initial", 0.005}}},
          {"baseline", {{"above", 0.98}}}};
}

TEST(Table2, PutsMeanDeviationPaperAndRatioSideBySide) {
  const Results results = results_of({sample_run("sgd", 1, 60000, paper_settings()),
                                      sample_run("sgd", 19, 62000, paper_settings())});
  const Study study = group_runs(results);

  const auto table = table2(study, 0.1);

  ASSERT_TRUE(table);
  EXPECT_THAT(
      to_markdown(*table),
      HasSubstr("| FC, MNIST | SGD | 2/2 | 61,000 ± 1,414 | \\[60,000, 62,000\\] | 60,400 | "
                "1.010 | undetermined (p = 0.058) |"));
  EXPECT_THAT(to_csv(*table), HasSubstr("\n\"FC, MNIST\",SGD,2,2,61000,1414.21"));
}

TEST(Table2, GivesNoVerdictWhereARunDidNotReachTheBaseline) {
  const Results results = results_of(
      {sample_run("sgd", 1, 60000, paper_settings()), sample_run("sgd", 19, 0, paper_settings())});
  const Study study = group_runs(results);

  const std::string text = to_markdown(*table2(study, 0.1));

  EXPECT_THAT(text, HasSubstr("| SGD | 1/2 (1 not reached) | &gt; 30,500 | – | 60,400 | – | – |"));
}

TEST(Table2, SaysWhyItDoesNotCompare) {
  Json other = paper_settings();
  other["workers"] = 5;
  const Results results = results_of({sample_run("sgd", 1, 60000, other)});
  const Study study = group_runs(results);

  const std::string text = to_markdown(*table2(study, 0.1));

  EXPECT_THAT(text, Not(HasSubstr("60,400")));
  EXPECT_THAT(text, HasSubstr("workers is 5, not 10"));
}

TEST(Table2, IsNotMadeWithoutAnyBaseline) {
  const Results results = results_of({sample_run("sgd", 1, 0, {{"baseline", nullptr}})});

  EXPECT_FALSE(table2(group_runs(results), 0.1));
}

TEST(Table3, AddsTheServersHandlingAndCountsValuesAlone) {
  analysis::Run run =
      sample_run("sasg", 1, 10, {{"compute", {{"server_seconds_per_upload", 0.01}}}});
  const analysis::Run sgd =
      sample_run("sgd", 1, 10, {{"compute", {{"server_seconds_per_upload", 0}}}});
  run.summary.merge(Flat{{"uplink_seconds", "2"},
                         {"server_seconds", "3"},
                         {"uplink_payload_bits", "8388608000"},  // 1 MiB per upload, 1,000 uploads
                         {"server_state_bytes", "20971520"}});   // including positions
  const Results results = results_of({sgd, run});

  const auto table = table3(group_runs(results));

  ASSERT_TRUE(table);
  EXPECT_THAT(to_markdown(*table), HasSubstr("| fashion-mnist | SASG | 5.00 | – | – | 100 | 5 |"));
  EXPECT_THAT(to_markdown(*table), HasSubstr("| 20.00 | 10.00 | – |"));
}

TEST(Table2, IsOneTableWhereTheNetworkAloneVaries) {
  const Json slow = {{"platform", {{"uplink", "1Mbps"}}}},
             fast = {{"platform", {{"uplink", "1Gbps"}}}};
  const Results results =
      results_of({sample_run("sgd", 1, 100, slow), sample_run("sasg", 1, 50, slow),
                  sample_run("sgd", 1, 100, fast), sample_run("sasg", 1, 50, fast)});
  const auto whole = table2(group_runs(results), 0.1);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->rows.size(), 4U);

  const std::vector<Table> parts = without_repetition(*whole);

  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].rows.size(), 2U);
}

TEST(Tables, AreThoseThatTheRunsHaveDataFor) {
  const Results nothing = results_of({sample_run("sgd", 1, 0, {{"baseline", nullptr}})});
  const Results baseline = results_of({sample_run("sgd", 1, 10)});
  analysis::Run timed = sample_run("sgd", 1, 10);
  timed.summary["uplink_seconds"] = "2";
  const Results both = results_of({timed});

  EXPECT_TRUE(tables(group_runs(nothing), 0.1).empty());
  EXPECT_THAT(tables(group_runs(baseline), 0.1),
              testing::ElementsAre(testing::Field(&Table::slug, "table2")));
  EXPECT_THAT(tables(group_runs(both), 0.1),
              testing::ElementsAre(testing::Field(&Table::slug, "table2"),
                                   testing::Field(&Table::slug, "table3")));
}

}  // namespace
}  // namespace gradwire::analysis::papers::sasg::tables_test
