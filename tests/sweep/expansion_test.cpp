#include <gmock/gmock.h>

#include <set>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::sweep::expansion_test {
namespace {

using namespace testing_support;

TEST(Expansion, WithoutSweepIsOneRun) {
  const Plan plan = plan_of(R"({"name": "one", "description": "d", "base": {"workers": 3}})");

  ASSERT_EQ(plan.runs.size(), 1U);
  EXPECT_EQ(plan.name, "one");
  EXPECT_EQ(plan.description, "d");
  EXPECT_EQ(plan.runs[0].scenario.workers, 3);
  EXPECT_TRUE(plan.runs[0].axes.empty());
}

TEST(Expansion, IsTheProductOfTheAxesWithTheLastRunningFastest) {
  const Plan plan =
      plan_of(R"({"name": "x", "sweep": [{"workers": [5, 6]}, {"seed": [1, 2, 3]}]})");

  ASSERT_EQ(plan.runs.size(), 6U);
  EXPECT_EQ(plan.runs[1].scenario.workers, 5);
  EXPECT_EQ(plan.runs[1].scenario.seed, 2U);
  EXPECT_EQ(plan.runs[3].scenario.workers, 6);
  EXPECT_EQ(plan.runs[3].scenario.seed, 1U);
  EXPECT_EQ(plan.runs[3].axes[0], (std::pair<std::string, scenario::Json>("workers", 6)));
  EXPECT_EQ(plan.runs[3].axes[1], (std::pair<std::string, scenario::Json>("seed", 1)));
}

TEST(Expansion, ListsOfOneAxisGoTogether) {
  const Plan plan = plan_of(R"({"name": "x", "sweep": [
      {"platform.uplink": ["10Mbps", "1Gbps"], "platform.latency": ["1ms", "2ms"]}]})");

  ASSERT_EQ(plan.runs.size(), 2U);
  EXPECT_EQ(plan.runs[0].scenario.platform.uplink.value, 1.25e6);
  EXPECT_EQ(plan.runs[0].scenario.platform.latency.value, 1e-3);
  EXPECT_EQ(plan.runs[1].scenario.platform.latency.value, 2e-3);
}

TEST(Expansion, AnObjectReplacesTheWholeObject) {
  const Plan plan = plan_of(R"({"name": "x",
      "base": {"algorithm": {"name": "sasg", "density": 0.5, "max_delay": 3}},
      "sweep": [{"algorithm": [{"name": "sgd"}, {"name": "sasg", "density": 0.1}]}]})");

  EXPECT_EQ(plan.runs[0].scenario.algorithm.name, "sgd");
  EXPECT_EQ(plan.runs[1].scenario.algorithm.get(algorithms::density_parameter), 0.1);
  EXPECT_EQ(plan.runs[1].scenario.algorithm.get(algorithms::max_delay_parameter), 10);
}

TEST(Expansion, AValueInsideASweptObjectGoesInLast) {
  const Plan plan = plan_of(R"({"name": "x", "sweep": [
      {"algorithm.density": [0.1, 0.2]},
      {"algorithm": [{"name": "sparse", "density": 1}, {"name": "sasg"}]}]})");

  ASSERT_EQ(plan.runs.size(), 4U);
  EXPECT_EQ(plan.runs[0].scenario.algorithm.get(algorithms::density_parameter), 0.1);
  EXPECT_EQ(plan.runs[2].scenario.algorithm.get(algorithms::density_parameter), 0.2);
}

TEST(Expansion, APathLeavesItsNeighboursAlone) {
  const Plan plan = plan_of(R"({"name": "x", "base": {"platform": {"latency": "3ms"}},
                               "sweep": [{"platform.uplink": [1]}]})");

  EXPECT_EQ(plan.runs[0].scenario.platform.uplink.value, 1.0);
  EXPECT_EQ(plan.runs[0].scenario.platform.latency.value, 3e-3);
}

TEST(Expansion, ListsAndNullAreValues) {
  const Plan plan = plan_of(R"({"name": "x", "base": {"baseline": {}}, "sweep": [
      {"model.hidden": [[], [5, 6]]}, {"baseline": [null, {"above": 0.5}]}]})");

  ASSERT_EQ(plan.runs.size(), 4U);
  EXPECT_TRUE(plan.runs[0].scenario.model.hidden.empty());
  EXPECT_FALSE(plan.runs[0].scenario.baseline.has_value());
  EXPECT_EQ(plan.runs[3].scenario.model.hidden, (std::vector<std::int64_t>{5, 6}));
  EXPECT_EQ(plan.runs[3].scenario.baseline->above, 0.5);
}

TEST(Expansion, GivesEachRunItsOwnId) {
  std::string list = "[0";
  for (int i = 1; i < 1000; ++i) list += "," + std::to_string(i);
  const Plan plan = plan_of(R"({"name": "x", "sweep": [{"seed": )" + list + "]}]}");

  std::set<std::string> ids;
  for (const scenario::PlannedRun& run : plan.runs) ids.insert(run.id);

  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_THAT(*ids.begin(), testing::MatchesRegex("sgd-[0-9a-f]{12}"));
}

}  // namespace
}  // namespace gradwire::sweep::expansion_test
