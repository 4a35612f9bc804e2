#include "analysis/results/load.hpp"

#include <gmock/gmock.h>

#include "analysis/results/assets.hpp"
#include "analysis/results/columns.hpp"
#include "analysis/results/metrics.hpp"
#include "analysis/results/quantity.hpp"
#include "sim/core/error.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::load_test {
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
  EXPECT_THAT(load({folder_}).notes,
              ElementsAre(HasSubstr("crossovers.csv: has no column method")));
  write("crossovers.csv", header +
                              ",A,A,B,0,CM02,platform.uplink,bps,above,,,,,,5,\n"
                              ",B,B,A,0,CM02,platform.uplink,bps,nowhere,,,,,,5,\n");
  const Results rest = load({folder_});
  ASSERT_EQ(rest.crossovers.size(), 1U);
  EXPECT_EQ(rest.crossovers[0].method, "B");
  EXPECT_THAT(rest.notes, ElementsAre(HasSubstr("crossovers.csv: line 2: holds is \"above\"")));
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
  write("runs/a/summary.json", "{\"status\": 5}");
  EXPECT_THAT(error(), HasSubstr("summary.json: /status: must be a string, got 5"));
}

TEST_F(Load, NotesWhatIsDamagedAndReportsTheRest) {
  for (const char* id : {"a", "b", "c", "d", "e", "f", "good"}) run(id, "1");
  run("good", "2");
  write("runs/a/summary.json", "{\"status\": ");
  write("runs/b/summary.json", R"({"status": "finished", "rounds": "ten"})");
  write("runs/c/summary.json", R"({"status": "finished", "baseline": {"rounds": [1]}})");
  write("runs/d/scenario.json", "{\"algorithm\": {\"name\": \"s\xe9g\"}}");
  write("runs/e/scenario.json", R"({"algorithm": "sgd"})");
  write("runs/f/scenario.json", std::string(50'000, '['));
  write("experiment.json", "{");
  write("runs.csv", "name,value\n1,2\n");

  const Results results = load({folder_});

  ASSERT_EQ(results.runs.size(), 1U);
  EXPECT_EQ(results.runs[0].id, "good");
  EXPECT_THAT(results.notes,
              ElementsAre(HasSubstr("runs.csv: must have the columns id and status"),
                          HasSubstr("a/summary.json: is not JSON: wrong at byte 12; left out"),
                          HasSubstr("b/summary.json: /rounds: must be a number, got \"ten\""),
                          HasSubstr("c/summary.json: /baseline/rounds: must be a number, got [1]"),
                          HasSubstr("d/scenario.json: is not JSON in UTF-8: wrong at byte 27"),
                          HasSubstr("e/scenario.json: /algorithm: must be an object"),
                          HasSubstr("f/scenario.json: nested too deeply, at most 64 levels"),
                          HasSubstr("experiment.json: is not JSON: wrong at byte 2; left out")));
}

TEST_F(Load, ReadsJsonOfAsManyLevelsAsTheSimulator) {
  const auto nested = [](std::size_t lists) {
    return "{\"a\":" + std::string(lists, '[') + std::string(lists, ']') + "}";
  };
  EXPECT_NO_THROW((void)read_object(write("x.json", nested(63))));
  EXPECT_THROW((void)read_object(write("x.json", nested(64))), InputError);
}

TEST_F(Load, TakesGradwiresOwnTableAlone) {
  write("runs.csv",
        "id,algorithm.name,baseline.above,status,server_seconds,worker_state_bytes,tcp.compute,"
        "host_energy_joules,final.test_top5_accuracy,baseline.rounds,"
        "baseline.test_accuracy_mnist,wall.total,from_a_later_version\n"
        "a,sgd,0.9,finished,3,1,true,2,0.9,5,0.8,1,x\n");

  const Results results = load({folder_ / "runs.csv"});

  ASSERT_EQ(results.runs.size(), 1U);
  EXPECT_THAT(results.runs[0].settings, ElementsAre(testing::Pair("algorithm.name", "sgd"),
                                                    testing::Pair("baseline.above", "0.9")));
  EXPECT_EQ(results.runs[0].number("server_seconds"), 3.0);
}

TEST_F(Load, TakesAnotherProgramsTableWithItsSettingsAnywhere) {
  write("t.csv",
        "id;status;rounds;fanout;baseline.rounds\na;finished;1,5;2;n/a\nb;finished;x;3;4\n");

  const Results results = load({folder_ / "t.csv"});

  ASSERT_EQ(results.runs.size(), 1U);
  EXPECT_THAT(results.runs[0].settings, ElementsAre(testing::Pair("fanout", "2")));
  EXPECT_EQ(results.runs[0].number("rounds"), 1.5);
  EXPECT_EQ(results.runs[0].summary.at("baseline.rounds"), "");
  EXPECT_THAT(results.notes,
              ElementsAre(HasSubstr("t.csv: line 3: column rounds must be a number, got \"x\"; "
                                    "this row is left out"),
                          HasSubstr("1 run is known from this file alone")));
}

TEST_F(Load, GivesARowWithoutFolderTheSettingsOfTheOthers) {
  run("a", "1");
  run("b", "2");
  write("runs.csv",
        "id,algorithm.name,seed,status,rounds\na,sgd,1,finished,10\n"
        "b,sgd,2,finished,10\nc,sgd,3,finished,30\n");
  write("runs/a/scenario.json",
        R"({"seed": 1, "algorithm": {"name": "sgd"}, "workers": 3, "epochs": 1})");
  write("runs/b/scenario.json",
        R"({"seed": 2, "algorithm": {"name": "sgd"}, "workers": 3, "epochs": 2})");

  const Results results = load({folder_});

  ASSERT_EQ(results.runs.size(), 3U);
  EXPECT_EQ(results.runs[2].text("workers"), "3");
  EXPECT_EQ(results.runs[2].seed(), "3");
  EXPECT_EQ(results.runs[2].text("epochs"), "");
}

TEST_F(Load, NamesRunsThatTheTableDoesNotList) {
  run("old", "1");
  run("new", "2");
  write("runs.csv", "id,status\nnew,finished\n");

  EXPECT_THAT(load({folder_}).notes,
              ElementsAre(HasSubstr("1 run is not in runs.csv, so the latest experiment there does "
                                    "not have it: old")));
}

TEST_F(Load, TakesOfTwoResultsOfOneScenarioTheOneThatTheTableLists) {
  run("new", "1");
  run("old", "1", "diverged");
  write("runs.csv", "id,status\nold,diverged\n");

  const Results results = load({folder_});

  ASSERT_EQ(results.runs.size(), 1U);
  EXPECT_EQ(results.runs[0].id, "old");
  EXPECT_THAT(results.notes, testing::Contains(HasSubstr("runs/new: the same scenario has another "
                                                         "result in")));
}

TEST_F(Load, TwoResultsDoNotContradictWhereOneDoesNotKnowItsDigest) {
  const auto table = [&](const char* folder, const char* digest) {
    return write(std::string(folder) + "/runs.csv",
                 std::string("id,status,rounds,digest\na,finished,10,") + digest + "\n")
        .parent_path();
  };

  EXPECT_EQ(load({table("learned", "12"), table("replayed", "")}).runs.size(), 1U);
  EXPECT_THROW((void)load({table("learned", "12"), table("other", "34")}), InputError);
}

TEST(Columns, AreResultsAndNumbersAsTheProgramLists) {
  for (const char* text : {"id", "status", "reduction", "measured", "tcp.compute", "notes",
                           "digest", "environment.blas"}) {
    EXPECT_FALSE(is_number_of_summary(text)) << text;
  }
  for (const char* number : {"iterations", "rounds", "uplink_wire_bytes", "worker_state_bytes",
                             "host_energy_joules", "restarts", "missed", "final.test_accuracy",
                             "final.recent_train_loss", "baseline.rounds"}) {
    EXPECT_TRUE(is_number_of_summary(number)) << number;
  }
  EXPECT_TRUE(is_number_of_summary("final.of_a_later_version"));
  EXPECT_FALSE(is_number_of_summary("baseline.above")) << "a setting";
  EXPECT_FALSE(is_number_of_summary("seed"));
  EXPECT_THAT(results_among({"id", "seed", "baseline.above", "status", "rounds", "baseline.rounds",
                             "baseline", "final", "data.digest", "missed", "platform.uplink"}),
              ElementsAre(true, false, false, true, true, true, true, true, true, true, false));
}

TEST(Columns, OfMetricsAreAmongTheProgramsOwn) {
  std::vector<std::string> listed;
  const Json all = Json::parse(results_assets::columns_json());
  for (const Json& column : all.at("runs/ID/metrics.csv")) {
    listed.push_back(column.at("name").get<std::string>());
  }
  for (const std::string_view name : metric_names) {
    EXPECT_THAT(listed, testing::Contains(name));
  }
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
}  // namespace gradwire::analysis::load_test
