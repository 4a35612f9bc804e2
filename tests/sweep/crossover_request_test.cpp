#include "sim/sweep/crossover_request.hpp"

#include <gmock/gmock.h>

#include "tests/support/experiments.hpp"

namespace gradwire::sweep::crossover_request_test {
namespace {

using namespace testing_support;

using testing::ElementsAre;

std::string experiment(const std::string& crossovers) {
  return R"({"name": "x", "sweep": [
      {"platform.uplink": ["1Gbps", "1Mbps"], "platform.downlink": ["2Gbps", "8Mbps"]},
      {"network_model": ["CM02", "LV08"]}, {"epochs": [1, 2]}], "crossovers": )" +
         crossovers + "}";
}

CrossoverRequest request(const std::string& crossovers) {
  return plan_of(experiment(crossovers)).crossovers.value();
}

TEST(CrossoverRequest, TakesTheSweptAxisInAscendingOrder) {
  const CrossoverRequest found = request(R"({"over": "platform.uplink"})");

  EXPECT_TRUE(found.swept);
  EXPECT_THAT(found.paths, ElementsAre("platform.uplink", "platform.downlink"));
  EXPECT_THAT(found.values[0], ElementsAre(125e3, 125e6));
  EXPECT_THAT(found.values[1], ElementsAre(1e6, 250e6));
  EXPECT_THAT(found.margins, ElementsAre(0.0, 0.1));
  EXPECT_EQ(found.tolerance, 0.01);
}

TEST(CrossoverRequest, TheNamedSettingOfAnAxisComesFirst) {
  EXPECT_THAT(request(R"({"over": "platform.downlink"})").paths,
              ElementsAre("platform.downlink", "platform.uplink"));
}

TEST(CrossoverRequest, TakesValuesOfItsOwn) {
  const CrossoverRequest found = request(
      R"({"over": {"platform.latency": ["50us", "1ms"]}, "margins": [0.2, 0, 0.2], "tolerance": 0.1})");

  EXPECT_FALSE(found.swept);
  EXPECT_THAT(found.values[0], ElementsAre(50e-6, 1e-3));
  EXPECT_THAT(found.margins, ElementsAre(0.0, 0.2));
}

TEST(CrossoverRequest, IsNoneWhereNoneIsAskedFor) {
  EXPECT_FALSE(plan_of(R"({"name": "x"})").crossovers);
}

TEST(CrossoverRequest, ErrorsSayWhereAndWhat) {
  const std::pair<const char*, const char*> cases[] = {
      {"3", "x.json: /crossovers: must be an object, got 3"},
      {"{}",
       "x.json: /crossovers/over: must be a swept setting, or an object of settings with their "
       "values like an axis of the sweep, got null"},
      {R"({"over": "platform.uplink", "margin": 3})",
       "x.json: /crossovers/margin: unknown key, did you mean margins?"},
      {R"({"over": "platform.latency"})",
       "x.json: /crossovers/over: platform.latency is not swept; give it values: "
       "{\"platform.latency\": [...]}"},
      {R"({"over": "network_model"})",
       "x.json: /crossovers/over: network_model is no number that could lie between two others"},
      {R"({"over": "epochs"})",
       "x.json: /crossovers/over: cannot change in a replay: what was learned depends on it. A "
       "replay may change platform, network_model, network_factors, protocol, wire, compute, "
       "baseline, top5, energy, but not wire.values"},
      {R"({"over": {"platform.uplink": ["1Gbps", "2Gbps"]}})",
       "x.json: /crossovers/over/platform.uplink: is swept; write \"over\": \"platform.uplink\""},
      {R"({"over": {"platform.latency": ["0s", "1ms"]}})",
       "x.json: /crossovers/over: platform.latency must be above 0 everywhere, got \"0s\""},
      {R"({"over": {"platform.latency": ["1ms"]}})",
       "x.json: /crossovers/over: platform.latency must have at least two values, no two the same"},
      {R"({"over": {"platform.latency": ["1ms", "1 parsec"]}})",
       "x.json: /crossovers/over/platform.latency/1: has an unknown unit"},
      {R"({"over": "platform.uplink", "margins": [1.5]})",
       "x.json: /crossovers/margins/0: must be in [0, 1), got 1.5"},
      {R"({"over": "platform.uplink", "tolerance": 0})",
       "x.json: /crossovers/tolerance: must be in [0.0001, 1], got 0"}};
  for (const auto& [crossovers, expected] : cases) {
    EXPECT_THAT(error_text_of(experiment(crossovers)), testing::StartsWith(expected));
  }
}

}  // namespace
}  // namespace gradwire::sweep::crossover_request_test
