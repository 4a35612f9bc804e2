#include <gmock/gmock.h>

#include "tests/support/experiments.hpp"

namespace gradwire::sweep::command_line_test {
namespace {

using namespace testing_support;

constexpr const char* two_axes = R"({"name": "x", "base": {"epochs": 2, "platform": {}}, "sweep": [
    {"algorithm": [{"name": "sgd"}, {"name": "sasg"}]}, {"seed": [1, 2, 3]}]})";

Plan with_set(std::vector<std::string> set) { return plan_of(two_axes, {std::move(set), {}}); }
Plan with_filter(std::vector<std::string> filter) {
  return plan_of(two_axes, {{}, std::move(filter)});
}
std::string set_complaint(const std::string& set) { return error_text_of(two_axes, {{set}, {}}); }
std::string filter_complaint(const std::string& filter) {
  return error_text_of(two_axes, {{}, {filter}});
}

TEST(Set, TakesPathsAndPointers) {
  const Plan plan = with_set({"epochs=3", "/base/workers=4", "platform.uplink=10Mbps",
                              "baseline={\"above\": 0.5}", "/name=y", "/sweep/1/seed=[7]"});

  ASSERT_EQ(plan.runs.size(), 2U);
  EXPECT_EQ(plan.name, "y");
  EXPECT_EQ(plan.runs[0].scenario.epochs, 3);
  EXPECT_EQ(plan.runs[0].scenario.workers, 4);
  EXPECT_EQ(plan.runs[0].scenario.platform.uplink.value, 1.25e6);
  EXPECT_EQ(plan.runs[0].scenario.baseline->above, 0.5);
  EXPECT_EQ(plan.runs[0].scenario.seed, 7U);
}

TEST(Set, AddsASweepThatWasNotThere) {
  EXPECT_EQ(plan_of(R"({"name": "x"})", {{"/sweep=[{\"seed\": [1, 2]}]"}, {}}).runs.size(), 2U);
}

TEST(Set, NamesItsMistakes) {
  EXPECT_EQ(set_complaint("epochs=0"),
            "x.json: /base/epochs (--set): must be in (0, 1000000], got 0");
  EXPECT_EQ(set_complaint("epochs=NaN"),
            "x.json: /base/epochs (--set): must be a number, got \"NaN\"");
  EXPECT_EQ(set_complaint("epoch=1"), "--set epoch=1: unknown setting, did you mean epochs?");
  EXPECT_EQ(set_complaint("wire.q=1"),
            "--set wire.q=1: unknown setting; known are wire.index, wire.levels, wire.values, "
            "wire.header_bytes");
  EXPECT_EQ(set_complaint("platform.server=\xff"), "--set: must be UTF-8");
  EXPECT_EQ(set_complaint("epochs"), "--set epochs: must be NAME=VALUE");
  EXPECT_EQ(set_complaint("/swep/1=3"), "--set /swep/1=3: there is no /swep/1 in x.json");
  EXPECT_EQ(set_complaint("seed=1"),
            "--set seed=1: seed is swept; use --filter seed=VALUE to keep some of its values, or "
            "--set /sweep/1/seed=[...] to replace them");
  EXPECT_THAT(set_complaint("algorithm.density=1"),
              testing::StartsWith("--set algorithm.density=1: algorithm is swept; "));
}

TEST(Filter, KeepsRunsByValueOrName) {
  EXPECT_EQ(with_filter({"seed=2"}).runs.size(), 2U);
  EXPECT_EQ(with_filter({"algorithm=sasg"}).runs.size(), 3U);
}

TEST(Filter, JoinsValuesOfOneAxisAndIntersectsAxes) {
  const Plan plan = with_filter({"seed=1", "seed=3", "algorithm=sgd"});

  ASSERT_EQ(plan.runs.size(), 2U);
  EXPECT_EQ(plan.runs[0].scenario.seed, 1U);
  EXPECT_EQ(plan.runs[1].scenario.seed, 3U);
  EXPECT_EQ(plan.runs[1].scenario.algorithm.name, "sgd");
}

TEST(Filter, NamesItsMistakes) {
  EXPECT_EQ(filter_complaint("seeds=1"),
            "--filter seeds=1: seeds is not swept, did you mean seed?");
  EXPECT_EQ(filter_complaint("workers=1"),
            "--filter workers=1: workers is not swept; swept are algorithm, seed");
  EXPECT_EQ(filter_complaint("seed=9"), "--filter seed=9: no run has it; seed is one of 1, 2, 3");
  EXPECT_EQ(filter_complaint("algorithm=sag"),
            "--filter algorithm=sag: no run has it; algorithm is one of sgd, sasg");
  EXPECT_EQ(filter_complaint("seed"), "--filter seed: must be NAME=VALUE");
}

TEST(Filter, OfValuesThatNeverMeetLeavesNothing) {
  const std::string zipped = R"({"name": "x", "sweep": [{"seed": [1, 2], "workers": [3, 4]}]})";

  EXPECT_EQ(error_text_of(zipped, {{}, {"seed=1", "workers=4"}}), "--filter: no run is left");
}

}  // namespace
}  // namespace gradwire::sweep::command_line_test
