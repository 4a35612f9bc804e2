#include <gmock/gmock.h>

#include "sim/scenario/scenario_json.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::scenario::all_reduce_test {
namespace {

using namespace testing_support;

struct Refusal {
  const char* base;
  const char* error_text;
};

class RefusedWithAllReduce : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedWithAllReduce, WithItsReason) {
  EXPECT_EQ(error_text_of_base(GetParam().base), GetParam().error_text);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, RefusedWithAllReduce,
    testing::Values(
        Refusal{R"({"protocol": {"kind": "all_reduce", "uplink": "concurrent"}})",
                "x.json: /base/protocol/uplink: uplink does not apply to all_reduce; it belongs to "
                "parameter_server"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "server": "worker0"}})",
                "x.json: /base/protocol/server: server does not apply to all_reduce; it belongs to "
                "parameter_server, asynchronous"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "broadcast": "star"}})",
                "x.json: /base/protocol/broadcast: broadcast does not apply to all_reduce; it "
                "belongs to parameter_server"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "on_failure": "wait"}})",
                "x.json: /base/protocol/on_failure: on_failure does not apply to all_reduce; it "
                "belongs to parameter_server"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "timeout": "1s"}})",
                "x.json: /base/protocol/timeout: timeout does not apply to all_reduce; it belongs "
                "to parameter_server"},
        Refusal{R"({"protocol": {"collective": "ring"}})",
                "x.json: /base/protocol/collective: collective does not apply to parameter_server; "
                "it belongs to all_reduce"},
        Refusal{R"({"protocol": {"group_size": 4}})",
                "x.json: /base/protocol/group_size: group_size does not apply to "
                "parameter_server; it belongs to all_reduce"},
        Refusal{R"({"protocol": {"chunk_bytes": 4}})",
                "x.json: /base/protocol/chunk_bytes: chunk_bytes does not apply to "
                "parameter_server; it belongs to all_reduce"},
        Refusal{R"({"protocol": {"buckets": 4}})",
                "x.json: /base/protocol/buckets: buckets does not apply to parameter_server; it "
                "belongs to all_reduce"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "group_size": 4}})",
                "x.json: /base/protocol/group_size: goes with collective two_level only, got ring"},
        Refusal{R"({"workers": 4, "protocol": {"kind": "all_reduce", "collective": "two_level",
                                               "group_size": 5}})",
                "x.json: /base/protocol/group_size: must be at most workers (4), got 5"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "chunk_bytes": 63}})",
                "x.json: /base/protocol/chunk_bytes: must be 0 (messages are sent whole) or at "
                "least 64, got 63"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "collective": "two_level"}})",
                "x.json: /base/protocol: group_size is missing, since collective is two_level"},
        Refusal{R"({"protocol": {"kind": "gossip"}})",
                "x.json: /base/protocol/kind: gossip expects a decentralised method (gradwire list "
                "algorithms), got sgd"}));

INSTANTIATE_TEST_SUITE_P(
    Servers, RefusedWithAllReduce,
    testing::Values(
        Refusal{R"({"workers": 1, "protocol": {"kind": "all_reduce"}, "platform": {"kind": "file",
                    "path": "p", "server": "s", "workers": ["a"]}})",
                "x.json: /base/platform/server: goes with protocol.kind parameter_server only: "
                "elsewhere there is none"},
        Refusal{R"({"workers": 1, "platform": {"kind": "file", "path": "p", "workers": ["a"]}})",
                "x.json: /base/platform: server is missing"},
        Refusal{R"({"protocol": {"kind": "all_reduce"},
                    "compute": {"server_seconds_per_iteration": 1}})",
                "x.json: /base/compute/server_seconds_per_iteration: must be 0 with protocol.kind "
                "all_reduce, in which there is no server, got 1"},
        Refusal{R"({"protocol": {"kind": "all_reduce"},
                    "compute": {"server_seconds_per_upload": 0.5}})",
                "x.json: /base/compute/server_seconds_per_upload: must be 0 with protocol.kind "
                "all_reduce, in which there is no server, got 0.5"}));

INSTANTIATE_TEST_SUITE_P(
    Methods, RefusedWithAllReduce,
    testing::Values(
        Refusal{R"({"protocol": {"kind": "all_reduce"}, "algorithm": {"name": "lag_ps"}})",
                "x.json: /base/protocol/kind: must be parameter_server with lag_ps, whose server "
                "selects the workers that take part; in all_reduce all do"},
        Refusal{R"({"protocol": {"kind": "all_reduce"},
                    "algorithm": {"name": "fedavg", "participation": 0.5}})",
                "x.json: /base/protocol/kind: must be parameter_server with a participation below "
                "1, whose server selects the workers that take part; in all_reduce all do"},
        Refusal{R"({"protocol": {"kind": "all_reduce"}, "algorithm": {"name": "hier_avg"}})",
                "x.json: /base/protocol/kind: must be parameter_server with hier_avg: its "
                "server holds a model per group, and most exchanges are inside groups; a "
                "collective is among all workers"},
        Refusal{R"({"protocol": {"kind": "all_reduce"},
                    "algorithm": {"name": "sparse", "downlink": "compressed"}})",
                "x.json: /base/algorithm/downlink: compressed goes with protocol.kind "
                "parameter_server only: in all_reduce nothing is sent down"}));

INSTANTIATE_TEST_SUITE_P(
    Buckets, RefusedWithAllReduce,
    testing::Values(
        Refusal{R"({"protocol": {"kind": "all_reduce", "buckets": 2},
                    "algorithm": {"name": "lasg"}})",
                "x.json: /base/protocol/buckets: must be 1 with lasg, which decides about an "
                "upload when all of the gradient is computed, got 2"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "buckets": 2},
                    "algorithm": {"name": "sparse"}})",
                "x.json: /base/protocol/buckets: must be 1 with top_k: only dense uploads of "
                "floats can be summed part by part, got 2"},
        Refusal{R"({"protocol": {"kind": "all_reduce", "buckets": 2},
                    "wire": {"values": "float16"}})",
                "x.json: /base/protocol/buckets: must be 1 with short wire.values: only dense "
                "uploads of floats can be summed part by part, got 2"}));

Scenario scenario_of_text(std::string_view json) { return read_scenario(Json::parse(json), "x"); }

TEST(AllReduceScenario, ReadsBackEqual) {
  for (const char* text :
       {R"({"protocol": {"kind": "all_reduce"}})",
        R"({"protocol": {"kind": "all_reduce", "collective": "two_level", "group_size": 4,
             "chunk_bytes": 1000, "skip_flag_bytes": 2}})",
        R"({"protocol": {"kind": "all_reduce", "collective": "tree", "buckets": 4}})",
        R"({"workers": 2, "protocol": {"kind": "all_reduce"},
             "platform": {"kind": "file", "path": "/p", "workers": ["a", "a"], "digest": "00"}})"}) {
    const Scenario scenario = scenario_of_text(text);

    EXPECT_EQ(read_scenario(to_json(scenario), "x"), scenario) << text;
  }
}

TEST(AllReduceScenario, MayHaveOneGroup) {
  EXPECT_NO_THROW((void)scenario_of_text(
      R"({"workers": 4, "protocol": {"kind": "all_reduce", "collective": "two_level",
          "group_size": 4, "chunk_bytes": 64}})"));
}

TEST(AllReduceScenario, HasOnlyTheKeysThatApply) {
  const Json json = to_json(scenario_of_text(R"({"protocol": {"kind": "all_reduce"}})"));

  EXPECT_EQ(json["protocol"].dump(),
            R"({"kind":"all_reduce","skip_flag_bytes":1,"collective":"ring","chunk_bytes":0,)"
            R"("buckets":1})");
}

TEST(AllReduceScenario, LeavesOldRunIdsAsTheyWere) {
  Json json = to_json(Scenario{});
  ASSERT_EQ(json["protocol"]["kind"], "parameter_server");
  json["protocol"].erase("kind");

  EXPECT_EQ(run_id(read_scenario(json, "x")), run_id(Scenario{}));
  EXPECT_NE(run_id(scenario_of_text(R"({"protocol": {"kind": "all_reduce"}})")),
            run_id(scenario_of_text("{}")));
}

TEST(AllReduceScenario, LearnsTheSame) {
  EXPECT_EQ(learning_digest(scenario_of_text(R"({"protocol": {"kind": "all_reduce"}})")),
            learning_digest(scenario_of_text("{}")));
}

}  // namespace
}  // namespace gradwire::scenario::all_reduce_test
