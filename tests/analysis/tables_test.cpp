#include "analysis/tables/tables.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "analysis/tables/render.hpp"
#include "analysis/tables/repeated.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::tables_test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// One learning under two uplinks: the rounds are equal, the times are not.
Results under_two_uplinks() {
  std::vector<analysis::Run> runs;
  for (const char* uplink : {"1Mbps", "1Gbps"}) {
    for (const char* algorithm : {"sgd", "sasg"}) {
      analysis::Run run = sample_run(algorithm, 1, algorithm[1] == 'g' ? 100 : 50,
                                     Json{{"platform", {{"uplink", uplink}}}});
      if (std::string(uplink) == "1Gbps") run.summary["baseline.simulated_seconds"] = "0.25";
      runs.push_back(std::move(run));
    }
  }
  return results_of(std::move(runs));
}

std::vector<std::string> titles_of(const Table& table) {
  std::vector<std::string> titles;
  for (const Column& column : table.columns) titles.push_back(column.title);
  return titles;
}

TEST(WithoutRepetition, WhatDoesNotVaryIsARowALearning) {
  const Results results = under_two_uplinks();
  const auto whole = comparison(group_runs(results), CostPoint::baseline);
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->rows.size(), 4U);

  const std::vector<Table> parts = without_repetition(*whole);

  ASSERT_EQ(parts.size(), 2U);
  const Table &once = parts[0], &others = parts[1];
  EXPECT_EQ(once.slug, "comparison-once");
  EXPECT_EQ(once.rows.size(), 2U);
  EXPECT_THAT(titles_of(once), testing::ElementsAre("Method", "Reached", "Test accuracy", "Rounds",
                                                    "of SGD", "Uplink payload (bits)", "of SGD",
                                                    "Uplink on the wire (bytes)", "of SGD"));
  EXPECT_EQ(once.rows[1][3].text, "50");
  EXPECT_EQ(once.notes.front(),
            "Each row holds in 2 settings, which differ in nothing that learning depends on.");
  EXPECT_EQ(others.slug, "comparison-by-setting");
  EXPECT_THAT(titles_of(others),
              testing::ElementsAre("Setting", "Method", "Simulated time (s)", "of SGD"));
  EXPECT_EQ(others.rows.size(), 4U);
}

TEST(WithoutRepetition, ATableOfDifferentRowsStaysWhole) {
  const Results results = results_of(
      {sample_run("sgd", 1, 10, {{"workers", 5}}), sample_run("sgd", 1, 10, {{"workers", 10}})});
  const auto whole = comparison(group_runs(results), CostPoint::baseline);

  const std::vector<Table> parts = without_repetition(*whole);

  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(to_csv(parts[0]), to_csv(*whole));
}

TEST(WithoutRepetition, ColumnsThatBelongTogetherStayTogether) {
  Results results = under_two_uplinks();
  results.runs[2].summary["baseline.rounds"] = "90";  // SGD at 1 Gbps learns differently

  const std::vector<Table> parts =
      without_repetition(*comparison(group_runs(results), CostPoint::baseline));

  ASSERT_EQ(parts.size(), 2U);
  EXPECT_THAT(titles_of(parts[0]), testing::Not(testing::Contains("Rounds")));
  EXPECT_THAT(titles_of(parts[1]), testing::ElementsAre("Setting", "Method", "Rounds", "of SGD",
                                                        "Simulated time (s)", "of SGD"));
}

TEST(Format, IsForPeople) {
  EXPECT_EQ(formatted(63200, Format::whole), "63,200");
  EXPECT_EQ(formatted(-1234567, Format::whole), "-1,234,567");
  EXPECT_EQ(formatted(8.24e11, Format::scientific), "8.240e11");
  EXPECT_EQ(formatted(1031.78, Format::seconds), "1,031.8");
  EXPECT_EQ(formatted(0.0 / 0.0, Format::whole), "not a number");
}

TEST(Crossovers, FoundByReplayingAreShownOverTheModels) {
  const auto found = [](const char* statement, const char* model, double at) {
    return FoundCrossover{
        .statement = statement,
        .method = "SASG",
        .than = "Sparse",
        .model = model,
        .over = "platform.uplink",
        .unit = "bps",
        .holds = at > 0 ? "below" : "nowhere",
        .at = at > 0 ? std::optional(at) : std::nullopt,
        .interval = at > 0 ? std::optional(std::pair(0.9 * at, INFINITY)) : std::nullopt,
        .seeds = "5"};
  };
  Results results = results_of({sample_run("sasg", 1, 10)});
  results.crossovers = {found("SASG is fast", "CM02", 100e6), found("SASG is fast", "LV08", 90e6),
                        found("SASG is free", "CM02", 0), found("SASG is free", "LV08", 0)};

  const auto table = crossovers(group_runs(results));

  ASSERT_TRUE(table);
  const std::string text = to_markdown(*table);
  EXPECT_THAT(text, HasSubstr("| SASG is fast | below 90 Mbps to 100 Mbps | 100 Mbps \\[90 Mbps, "
                              "beyond the axis\\] | 90 Mbps \\[81 Mbps, beyond the axis\\] | 5 |"));
  EXPECT_THAT(text, HasSubstr("| SASG is free | nowhere | nowhere | nowhere | 5 |"));
  EXPECT_THAT(to_csv(*table), HasSubstr("\n,SASG is fast,below,90000000,100000000,100000000,"));
}

TEST(Crossovers, SayOnceForEachMethodWhichOthersItAlwaysBeats) {
  std::vector<analysis::Run> runs;
  for (const char* uplink : {"1Mbps", "1Gbps"}) {
    const Json on{{"platform", {{"uplink", uplink}}}};
    runs.push_back(sample_run("sgd", 1, 300, on));
    runs.push_back(sample_run("sparse", 1, 100, on));
    runs.push_back(sample_run("lasg", 1, 200, on));
    runs.push_back(sample_run("sasg", 1, 0, on));
  }
  const Results results = results_of(std::move(runs));

  const auto table = crossovers(group_runs(results));

  ASSERT_TRUE(table);
  const std::vector<std::string> notes(table->notes.begin() + 1, table->notes.end());
  EXPECT_THAT(notes, testing::ElementsAre(
                         "Sparse costs less than SGD and LASG at every measured value.",
                         "LASG costs less than SGD at every measured value.",
                         "not compared: SASG with SGD, Sparse and LASG: not every run reached the "
                         "baseline, or no seed is common to all."));
}

TEST(Comparison, SaysHowFarNetworkModelsAreApart) {
  const Json lv08 = {{"network_model", "LV08"}}, cm02 = {{"network_model", "CM02"}};
  const Results results =
      results_of({sample_run("sgd", 1, 100, cm02), sample_run("sgd", 1, 130, lv08)});

  const std::string text = to_markdown(*comparison(group_runs(results), CostPoint::baseline));

  EXPECT_THAT(text, HasSubstr("| over models |"));
  EXPECT_THAT(text, HasSubstr("| 5.00 to 6.50 |"));
}

TEST(Comparison, IsPairedWithSgd) {
  const Results results = results_of({sample_run("sgd", 1, 1000), sample_run("sasg", 1, 382)});
  const Study study = group_runs(results);

  const std::string text = to_markdown(*comparison(study, CostPoint::baseline));

  EXPECT_THAT(text, HasSubstr("until test accuracy above 0.8"));
  EXPECT_THAT(text, HasSubstr("| SASG | 1/1 | 0.8100 | 382 | 38.2 % |"));
}

TEST(Comparison, NamesNoGoalWhereGoalsDiffer) {
  const Json other = {{"baseline", {{"above", 0.9}}}};
  const Results results = results_of({sample_run("sgd", 1, 100), sample_run("sgd", 1, 200, other)});
  const Study study = group_runs(results);

  const auto table = comparison(study, CostPoint::baseline);

  EXPECT_EQ(table->title, "What it costs until the baseline");
  EXPECT_EQ(table->rows.size(), 2U);
}

TEST(Pivot, AveragesAndCounts) {
  const Json fast = {{"platform", {{"uplink", "1Gbps"}}}},
             slow = {{"platform", {{"uplink", "9Mbps"}}}};
  const Results results =
      results_of({sample_run("sgd", 1, 100, fast), sample_run("sgd", 2, 300, fast),
                  sample_run("sgd", 1, 0, slow), sample_run("sasg", 1, 50, slow)});

  const Table table = pivot(results, {"algorithm.name", "platform.uplink", "baseline.rounds"});
  const std::string text = to_markdown(table);

  EXPECT_THAT(text, HasSubstr("| algorithm.name | 9Mbps | 1Gbps |"));
  EXPECT_THAT(text, HasSubstr("| sasg | 50 | – |"));
  EXPECT_THAT(text, HasSubstr("| sgd | &gt; 1,000 (n = 0), 1 not reached | 200 ± 141 (n = 2) |"));
}

TEST(Crossovers, AreMadeOfABandwidthSweepOnly) {
  const Results results = results_of({sample_run("sgd", 1, 100)});

  EXPECT_FALSE(crossovers(group_runs(results)));
}

TEST(Render, LeavesASpreadsheetNothingToCompute) {
  Table table{.slug = "x", .title = "x", .columns = {{"a", {"=a"}, false}, {"v", {"v"}}}};
  for (const char* text : {"=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "=\"a\",b", "plain"}) {
    table.rows.push_back({text_cell(text), number_cell(-1.5, Format::plain)});
  }
  table.rows.push_back({text_cell("-3"), number_cell(-1e-310, Format::plain)});

  EXPECT_EQ(to_csv(table),
            "\"'=a\",v\n\"'=1+1\",-1.5\n\"'+cmd|' /C calc'!A0\",-1.5\n\"'-2+3\",-1.5\n"
            "\"'@SUM(A1)\",-1.5\n\"'=\"\"a\"\",b\",-1.5\nplain,-1.5\n-3,-1e-310\n");
}

TEST(Formatted, StaysShort) {
  EXPECT_EQ(formatted(1e300, Format::whole), "1.000e300");
  EXPECT_EQ(formatted(1e300, Format::seconds), "1.000e300");
  EXPECT_EQ(formatted(5e-324, Format::scientific), "4.941e-324");
  EXPECT_EQ(formatted(123456789012345.0, Format::whole), "123,456,789,012,345");
}

TEST(Render, EscapesTextFromFiles) {
  Table table{.slug = "x",
              .title = "a & b <script>alert(1)</script> $x_1$ 50 %",
              .columns = {{"na|me", {"na,me"}, false}, {"v", {"v"}}},
              .rows = {{text_cell("x\\y\"<b>{z}#~^"), number_cell(1.5, Format::plain)}},
              .notes = {"*note* </table>"}};

  EXPECT_THAT(to_html(table), Not(HasSubstr("<script>")));
  EXPECT_THAT(to_html(table), Not(HasSubstr("<b>")));
  EXPECT_THAT(to_html(table), HasSubstr("&lt;/table&gt;"));
  EXPECT_THAT(to_latex(table),
              HasSubstr("a \\& b $<$script$>$alert(1)$<$/script$>$ \\$x\\_1\\$ 50 \\%"));
  EXPECT_THAT(to_latex(table),
              HasSubstr("x\\textbackslash{}y\\textquotedbl{}$<$b$>$\\{z\\}\\#\\textasciitilde{}"
                        "\\textasciicircum{}"));
  EXPECT_THAT(to_latex(table), HasSubstr("\\toprule"));
  EXPECT_THAT(to_markdown(table), HasSubstr("| na\\|me | v |\n|---|--:|"));
  EXPECT_EQ(to_csv(table), "\"na,me\",v\n\"x\\y\"\"<b>{z}#~^\",1.5\n");
}

}  // namespace
}  // namespace gradwire::analysis::tables_test
