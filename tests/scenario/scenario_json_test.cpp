#include "sim/scenario/scenario_json.hpp"

#include <gtest/gtest.h>

#include "tests/support/experiments.hpp"

namespace gradwire::scenario::scenario_json_test {
namespace {

using namespace testing_support;

Scenario scenario_of(std::string_view json) { return read_scenario(Json::parse(json), "x"); }

TEST(ScenarioJson, ReadsBackEqual) {
  for (
      const char* text :
      {R"({})", R"({"algorithm": {"name": "sasg", "density": 0.1}, "network_model": "LV08"})",
       R"({"max_iterations": 5, "baseline": {"above": 0.3}, "epochs": 0.1, "model": {"hidden": []}})",
       R"({"seed": 9223372036854775807, "platform": {"latency": 0, "uplink": 0.1,
            "overrides": [{"worker": 3, "speed": "1.1Gf"}]}})",
       R"({"workers": 1, "platform": {"kind": "file", "path": "/p", "server": "s",
            "workers": ["a"], "digest": "00"}})",
       R"({"dataset": {"name": "synthetic", "separation": 0.25}})"}) {
    const Scenario scenario = scenario_of(text);

    EXPECT_EQ(read_scenario(to_json(scenario), "x"), scenario) << text;
  }
}

TEST(ScenarioJson, IsFullyResolved) {
  const Json json = to_json(scenario_of(R"({"network_model": "LV08"})"));

  EXPECT_EQ(json["network_factors"].dump(),
            R"({"bandwidth":0.97,"latency":13.01,"weight_s":20537,"tcp_gamma":4194304,)"
            R"("crosstraffic":false})");
  EXPECT_EQ(
      json["algorithm"].dump(),
      R"({"name":"sgd","momentum":0,"nesterov":false,"weight_decay":0,"momentum_at":"server",)"
      R"("dampening":0,"downlink":"model","participation":1,"reduction":"sum"})");
  EXPECT_EQ(json["platform"].dump(),
            R"({"kind":"star","uplink":"1Gbps","downlink":"1Gbps","latency":"50us",)"
            R"("speed":"1Gf","overrides":[]})");
  EXPECT_EQ(json["epochs"].dump(), "1");
}

TEST(ScenarioJson, CM02HasNoCorrections) {
  EXPECT_EQ(to_json(Scenario{})["network_factors"].dump(),
            R"({"bandwidth":1,"latency":1,"weight_s":0,"tcp_gamma":4194304,"crosstraffic":false})");
}

TEST(ScenarioJson, RunsByItself) {
  const Scenario scenario = scenario_of(R"({"workers": 3, "algorithm": {"name": "lasg"}})");

  const sweep::Plan plan = plan_of(to_json(scenario).dump(2), {{"epochs=1"}, {}});

  ASSERT_EQ(plan.runs.size(), 1U);
  EXPECT_EQ(plan.name, "x");
  EXPECT_EQ(plan.runs[0].scenario, scenario);
  EXPECT_EQ(plan.runs[0].id, run_id(scenario));
}

TEST(ScenarioJson, ErrorsOfASingleScenarioHaveNoBase) {
  EXPECT_EQ(error_text_of(R"({"algorithm": {}, "workers": 0})"),
            "x.json: /workers: must be in [1, 1000000], got 0");
  EXPECT_EQ(error_text_of(R"({"algorithm": {}})", {{"workers=0"}, {}}),
            "x.json: /workers (--set): must be in [1, 1000000], got 0");
}

TEST(ScenarioHash, IsIndependentOfOrderAndSpelling) {
  EXPECT_EQ(scenario_hash(scenario_of(R"({"workers": 3, "platform": {"uplink": "1Gbps"}})")),
            scenario_hash(scenario_of(R"({"platform": {"uplink": 125e6}, "workers": 3.0})")));
}

TEST(ScenarioHash, DependsOnEverySetting) {
  EXPECT_NE(scenario_hash(Scenario{}), scenario_hash(scenario_of(R"({"seed": 2})")));
  EXPECT_NE(scenario_hash(Scenario{}), scenario_hash(scenario_of(R"({"max_iterations": 2})")));
}

TEST(ScenarioHash, OfARunBeforeThereWereCodingCostsIsWhatItWas) {
  const Scenario before = scenario_of(
      R"({"compute": {"selection_seconds_per_entry": 0, "encoding_seconds_per_value": 0,
          "decoding_seconds_per_value": 0, "adding_seconds_per_value": 0}})");
  Json old = to_json(before);
  for (const char* key : {"selection_seconds_per_entry", "encoding_seconds_per_value",
                          "decoding_seconds_per_value", "adding_seconds_per_value"}) {
    old["compute"].erase(key);
  }
  EXPECT_EQ(scenario_hash(before), "4d2589f407a6230e87069bf33969d530");  // unchanged since 0.1
  EXPECT_NE(read_scenario(old, "x"), before);  // experiment files get the defaults

  const TemporaryFolder folder;
  EXPECT_EQ(load_scenario(folder.write("scenario.json", old.dump())), before);
  EXPECT_EQ(plan_of(old.dump()).runs.front().scenario, before);
}

TEST(ScenarioHash, OfCompressionBeforeThereWereCodedValuesAndDownlinksIsWhatItWas) {
  for (
      const auto& [algorithm, id] :
      {std::pair(R"({"name": "sparse", "reduction": "sum"})", "sparse-21ecca8bf693"),
       {R"({"name": "random_k", "reduction": "sum"})", "random_k-6bf7689e3d5b"},
       {R"({"name": "ef_signsgd", "reduction": "sum"})", "ef_signsgd-109a77a19569"},
       {R"({"name": "qsgd", "reduction": "sum"})", "qsgd-2b0a7fd4e0c0"},
       {R"({"name": "qsgd", "levels": 16, "reduction": "sum"})", "qsgd-86507c42c8c8"},
       {R"({"name": "custom", "compress": "top_k", "memory": "error_feedback", "reduction": "sum"})",
        "custom-82efc6b8a841"}}) {
    const Scenario scenario = scenario_of(
        std::string(R"({"dataset": {"name": "synthetic"}, "algorithm": )") + algorithm + "}");
    EXPECT_EQ(run_id(scenario), id) << algorithm;
  }
}

TEST(ScenarioHash, OfARunBeforeValuesCouldBeRoundedIsWhatItWas) {
  Json old = to_json(Scenario{});
  old["wire"].erase("values");
  EXPECT_EQ(scenario_hash(read_scenario(old, "x")), scenario_hash(Scenario{}));
  EXPECT_NE(scenario_hash(scenario_of(R"({"wire": {"values": "float16"}})")),
            scenario_hash(Scenario{}));
}

TEST(LearningDigest, DependsOnTheFormatOfValuesAndOnNothingElseOfTheWire) {
  const std::string plain = learning_digest(Scenario{});
  const auto digest = [](const char* wire) {
    return learning_digest(scenario_of(std::string(R"({"wire": )") + wire + "}"));
  };
  EXPECT_EQ(digest(R"({"index": "golomb", "levels": "elias", "header_bytes": 9})"), plain);
  EXPECT_EQ(digest(R"({"values": "float32"})"), plain);
  EXPECT_NE(digest(R"({"values": "float16"})"), plain);
  EXPECT_NE(digest(R"({"values": "float16"})"), digest(R"({"values": "bfloat16"})"));
  EXPECT_EQ(digest(R"({"values": "float16", "index": "model"})"),
            digest(R"({"values": "float16", "header_bytes": 1})"));
}

TEST(Replayable, IsTheWireButNotItsFormatOfValues) {
  EXPECT_TRUE(is_replayable("wire"));
  EXPECT_TRUE(is_replayable("wire.index"));
  EXPECT_FALSE(is_replayable("wire.values"));
  EXPECT_FALSE(is_replayable("epochs"));
}

// The hash changes when a setting is added or renamed, when a default changes, and with
// results_version, so that no old run is taken for a new one. Print scenario_hash(Scenario{}) for
// the new value.
TEST(ScenarioHash, IsStable) {
  EXPECT_EQ(scenario_hash(Scenario{}), "3099a1755c6030761fedbcfbc25f3f46");
}

}  // namespace
}  // namespace gradwire::scenario::scenario_json_test
