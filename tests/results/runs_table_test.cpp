#include "sim/results/runs_table.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "sim/results/summary.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::results::runs_table_test {
namespace {

using namespace testing_support;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Json = nlohmann::ordered_json;

constexpr const char* sweep = R"({"name": "x", "sweep": [
    {"algorithm": [{"name": "sgd"}, {"name": "sparse", "density": 0.1}]},
    {"platform.uplink": ["10Mbps"]}, {"seed": [7]}]})";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The cell of a line in the column `name`. Precondition: no cell contains a comma.
std::string cell(const std::vector<std::string>& lines, std::size_t line, const std::string& name) {
  std::istringstream columns(lines.at(0)), cells(lines.at(line));
  for (std::string column, text; std::getline(columns, column, ',');) {
    text.clear();
    std::getline(cells, text, ',');
    if (column == name) return text;
  }
  return "no such column";
}

Json summary_of(std::optional<MetricRow> baseline) {
  Summary summary{.blas = "some, \"BLAS\""};
  summary.final = MetricRow{.iteration = 24};
  summary.final->test.accuracy = 0.75;
  summary.baseline = std::move(baseline);
  return to_json(summary);
}

TEST(Flattened, JoinsKeysOfObjectsWithDots) {
  EXPECT_THAT(flattened("a", Json{{"b", {{"c", 1}, {"d", "x"}}}, {"e", nullptr}}),
              ElementsAre(Pair("a.b.c", "1"), Pair("a.b.d", "x"), Pair("a.e", "")));
  EXPECT_THAT(flattened("", Json{{"b", 0.1}}), ElementsAre(Pair("b", "0.1")));
  EXPECT_THAT(flattened("hidden", Json{512, 10}), ElementsAre(Pair("hidden", "[512,10]")));
}

TEST(RunsTable, HasIdThenSweptAxesThenTheSummary) {
  const sweep::Plan plan = plan_of(sweep);
  RunsTable table;
  for (const scenario::PlannedRun& run : plan.runs) table.add(run, summary_of(std::nullopt));

  const auto lines = lines_of(table.to_csv());

  EXPECT_EQ(lines.size(), 3U);
  EXPECT_THAT(
      lines[0],
      testing::StartsWith(
          "id,algorithm.name,"
          "algorithm.momentum,algorithm.nesterov,algorithm.weight_decay,algorithm.momentum_at,"
          "algorithm.dampening,algorithm.downlink,algorithm.participation,algorithm.reduction,"
          "algorithm.density,"
          "algorithm.selection,algorithm.kept_values,algorithm.gamma,platform.uplink,seed,status,"
          "iterations,rounds,"));
  EXPECT_THAT(lines[0], HasSubstr(",final.test_accuracy,baseline.iteration,baseline.rounds,"));
}

TEST(RunsTable, HasTheColumnsThatScriptsDependOn) {
  const sweep::Plan plan = plan_of(sweep);
  RunsTable table;
  for (const scenario::PlannedRun& run : plan.runs) table.add(run, summary_of(std::nullopt));

  const auto lines = lines_of(table.to_csv());

  EXPECT_EQ(cell(lines, 1, "id"), plan.runs[0].id);
  EXPECT_EQ(cell(lines, 1, "algorithm.name"), "sgd");
  EXPECT_EQ(cell(lines, 1, "algorithm.density"), "") << "sgd has none";
  EXPECT_EQ(cell(lines, 2, "algorithm.density"), "0.1");
  EXPECT_EQ(cell(lines, 2, "platform.uplink"), "10Mbps") << "as the file writes it";
  EXPECT_EQ(cell(lines, 2, "seed"), "7");
  EXPECT_EQ(cell(lines, 2, "final.test_accuracy"), "0.75");
  EXPECT_EQ(cell(lines, 2, "status"), "finished");
}

TEST(RunsTable, ColumnsOfAnObjectStandTogetherWhicheverRunBringsThem) {
  const sweep::Plan plan = plan_of(R"({"name": "x", "sweep": [{"seed": [7]}, {"algorithm": [
      {"name": "sgd"}, {"name": "lasg"}, {"name": "sasg"}]}]})");
  RunsTable table;
  for (const scenario::PlannedRun& run : plan.runs) table.add(run, summary_of(std::nullopt));

  EXPECT_THAT(
      table.to_csv(),
      testing::StartsWith(
          "id,seed,algorithm.name,"
          "algorithm.momentum,algorithm.nesterov,algorithm.weight_decay,algorithm.momentum_at,"
          "algorithm.dampening,algorithm.downlink,algorithm.participation,algorithm.reduction,"
          "algorithm.max_delay,"
          "algorithm.threshold_scale,algorithm.variant,algorithm.density,"
          "algorithm.selection,algorithm.kept_values,algorithm.gamma,status,"));
}

TEST(RunsTable, AMissingBaselineLeavesItsCellsEmpty) {
  const sweep::Plan plan = plan_of(sweep);
  RunsTable table;
  table.add(plan.runs[0], summary_of(std::nullopt));
  table.add(plan.runs[1], summary_of(MetricRow{.iteration = 8}));

  const auto lines = lines_of(table.to_csv());

  EXPECT_EQ(cell(lines, 1, "baseline.rounds"), "");
  EXPECT_EQ(cell(lines, 1, "baseline.iteration"), "");
  EXPECT_EQ(cell(lines, 2, "baseline.iteration"), "8");
  EXPECT_EQ(cell(lines, 1, "baseline"), "no such column");
}

TEST(RunsTable, EveryRunWithoutABaselineStillGivesItsColumns) {
  RunsTable table;
  table.add(plan_of(R"({"name": "x"})").runs[0], summary_of(std::nullopt));

  EXPECT_THAT(table.to_csv(), HasSubstr(",baseline.rounds,"));
}

TEST(RunsTable, ColumnsAddedLaterStandAfterAllOthers) {
  const sweep::Plan plan = plan_of(sweep);
  RunsTable table;
  Summary restarted;
  restarted.communication.restarts = 1;
  table.add(plan.runs[0], summary_of(std::nullopt));
  table.add(plan.runs[1], to_json(restarted));

  const auto lines = lines_of(table.to_csv());

  EXPECT_THAT(lines[0], testing::EndsWith(
                            ",wall.simulate,restarts,final.recent_train_loss,environment.simgrid,"
                            "environment.libtorch,environment.onednn,digest"));
  EXPECT_EQ(cell(lines, 2, "restarts"), "1");
  EXPECT_THAT(lines[1], testing::EndsWith(",,,")) << "no restarts, no loss, no digest";
}

TEST(RunsTable, LeavesOutWhatIsNoResult) {
  RunsTable table;
  table.add(plan_of(R"({"name": "x"})").runs[0],
            to_json(Summary{.data = learn::DataIdentity{.digest = "ab"}, .notes = {"A note."}}));

  const std::string header = lines_of(table.to_csv()).at(0);

  EXPECT_THAT(header, testing::Not(HasSubstr("data.")));
  EXPECT_THAT(header, testing::Not(HasSubstr("notes")));
}

TEST(RunsTable, QuotesAsRfc4180) {
  RunsTable table;
  table.add(plan_of(R"({"name": "x"})").runs[0],
            Json{{"plain", "a b"}, {"comma", "a,b"}, {"quote", "a\"b"}, {"line", "a\nb"}});

  EXPECT_THAT(table.to_csv(), testing::EndsWith(",a b,\"a,b\",\"a\"\"b\",\"a\nb\"\n"));
}

}  // namespace
}  // namespace gradwire::results::runs_table_test
