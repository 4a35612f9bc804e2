#include "analysis/results/load.hpp"

#include <gmock/gmock.h>

#include "analysis/results/metrics.hpp"
#include "analysis/results/quantity.hpp"
#include "sim/core/error.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Load : public WithFolder {
 protected:
  void run(const std::string& id, const std::string& seed, const std::string& status = "finished") {
    write("runs/" + id + "/scenario.json",
          R"({"seed": )" + seed + R"(, "algorithm": {"name": "sgd"}, "baseline": null})");
    write("runs/" + id + "/summary.json", R"({"status": ")" + status + R"(", "rounds": 10})");
  }
  std::string error() const {
    try {
      (void)load({folder_});
    } catch (const InputError& error) {
      return error.what();
    }
    return "none";
  }
};

TEST_F(Load, TakesCompleteRunsAndCountsTheOthers) {
  run("a", "1");
  run("b", "2");
  write("runs/.partial-c-1/scenario.json", "{}");
  write("runs/d/scenario.json", "{}");
  write("failed/e.log", "");
  write("experiment.json", R"({"name": "n", "description": "d", "base": {},
        "sweep": [{"seed": [1, 2, 3]}, {"algorithm": [{"name": "sgd"}, {"name": "sasg"}]}]})");

  const Results results = load({folder_});

  ASSERT_EQ(results.runs.size(), 2U);
  EXPECT_EQ(results.runs[1].seed(), "2");
  EXPECT_THAT(results.names, ElementsAre("n"));
  EXPECT_THAT(results.notes,
              ElementsAre(HasSubstr("2 runs were begun and not finished"),
                          HasSubstr("1 run failed"), HasSubstr("2 of 6 runs are complete")));
}

TEST_F(Load, TakesARunsCsvAlone) {
  write("runs.csv",
        "id,algorithm.name,platform.uplink,seed,status,rounds,baseline.rounds\n"
        "a,sgd,10Mbps,1,finished,100,60\nb,sgd,10Mbps,2,finished,100,\n");

  const Results results = load({folder_ / "runs.csv"});

  ASSERT_EQ(results.runs.size(), 2U);
  EXPECT_EQ(results.runs[0].number("platform.uplink"), 1e7);
  EXPECT_EQ(results.runs[0].number("baseline.rounds"), 60.0);
  EXPECT_EQ(results.runs[1].number("baseline.rounds"), std::nullopt);
  EXPECT_THAT(results.notes, ElementsAre(HasSubstr("2 runs are known from this file alone")));
}

TEST_F(Load, TakesCrossoversThatWereFoundByReplaying) {
  run("a", "1");
  const std::string header =
      "setting,statement,method,than,margin,network_model,over,unit,holds,at,low,high,ci95_low,"
      "ci95_high,seeds,note\n";
  write("crossovers.csv", header +
                              "\"x, y\",SASG wins,SASG,SGD,0.1,CM02,platform.uplink,bps,below,"
                              "2e6,1.99e6,2.01e6,-inf,3e6,5,\n"
                              ",SGD wins,SGD,SASG,0,CM02,platform.uplink,bps,unknown,,,,,,5,why\n");

  const Results results = load({folder_});

  ASSERT_EQ(results.crossovers.size(), 2U);
  EXPECT_EQ(results.crossovers[0].setting, "x, y");
  EXPECT_EQ(results.crossovers[0].at, 2e6);
  EXPECT_EQ(results.crossovers[0].interval->second, 3e6);
  EXPECT_FALSE(results.crossovers[1].at);
  EXPECT_EQ(results.crossovers[1].note, "why");

  write("crossovers.csv", "setting,statement\na,b\n");
  EXPECT_THAT(error(), HasSubstr("crossovers.csv: has no column method"));
}

TEST_F(Load, CountsARunOnceThatIsGivenTwice) {
  run("a", "1");

  EXPECT_EQ(load({folder_, folder_ / "runs" / "a"}).runs.size(), 1U);
}

TEST_F(Load, RefusesTwoResultsOfOneScenario) {
  run("a", "1");
  run("b", "1", "diverged");

  EXPECT_THAT(error(), HasSubstr("the same scenario has another result in"));
}

TEST_F(Load, SaysWhatIsWrongWithAFolder) {
  EXPECT_THAT(error(), HasSubstr("is no results folder: it has neither runs/ nor runs.csv"));
  write("runs/a/scenario.json", "{}");
  EXPECT_THAT(error(), HasSubstr("no complete run to report on"));
  write("runs/a/summary.json", "{\"rounds\": ");
  EXPECT_THAT(error(), HasSubstr("summary.json: is not JSON: wrong at byte"));
  write("runs/a/summary.json", "{\"rounds\": 3}");
  EXPECT_THAT(error(), HasSubstr("has no \"status\""));
  write("runs.csv", "name,value\n1,2\n");
  write("runs/a/summary.json", "{\"status\": \"finished\"}");
  EXPECT_THAT(error(), HasSubstr("must have the columns id and status"));
}

TEST_F(Load, MetricsMayLackColumnsButNotTheirOrder) {
  const Metrics metrics = read_metrics(write("m.csv", "iteration,test_loss\n1,nan\n5,0.25\n"));

  EXPECT_THAT(metrics[Metric::iteration], ElementsAre(1.0, 5.0));
  EXPECT_TRUE(metrics[Metric::rounds].empty());
  EXPECT_THROW((void)read_metrics(write("m.csv", "test_loss\n1\n")), InputError);
  EXPECT_THROW((void)read_metrics(write("m.csv", "iteration\n5\n5\n")), InputError);
}

TEST(Quantity, IsReadAsSimGridWritesIt) {
  EXPECT_EQ(quantity_in("10Mbps"), 1e7);
  EXPECT_EQ(quantity_in("1.25MBps"), 1e7);
  EXPECT_EQ(quantity_in("1Kibps"), 1024.0);
  EXPECT_DOUBLE_EQ(*quantity_in("50us"), 50e-6);
  EXPECT_EQ(quantity_in("iid"), std::nullopt);
  EXPECT_EQ(quantity_in("10"), std::nullopt);
  EXPECT_EQ(with_prefix(3.7e7, "bps"), "37 Mbps");
}

}  // namespace
}  // namespace gradwire::analysis
