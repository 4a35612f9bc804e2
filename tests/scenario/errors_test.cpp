#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "sim/algorithms/methods.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::scenario::errors_test {
namespace {

using namespace testing_support;

struct Mistake {
  const char* base;
  const char* error_text;
};

class BaseMistake : public testing::TestWithParam<Mistake> {};

bool is_of_a_compressor(std::string_view parameter) {
  return std::ranges::any_of(algorithms::compressors(), [&](const auto* kind) {
    return std::ranges::find(kind->parameters, parameter, &algorithms::key_of) !=
           kind->parameters.end();
  });
}

/// The names of all methods, or of those with this parameter.
std::string methods_with(std::string_view parameter = "") {
  std::string names;
  for (const algorithms::Method& row : algorithms::methods()) {
    algorithms::AlgorithmConfig config;
    config.name = row.name;
    const auto parameters = ingredients_of(config).parameters();
    const bool has =
        std::ranges::find(parameters, parameter, &algorithms::key_of) != parameters.end();
    const bool may_have = algorithms::chooses_compressor(config) && is_of_a_compressor(parameter);
    if (parameter.empty() || has || may_have) names += std::string(row.name) + ", ";
  }
  return names + "custom";
}

/// The text with the names in place of METHODS and METHODS_WITH_DENSITY.
std::string with_names(std::string text) {
  const auto replace = [&text](std::string_view mark, const std::string& names) {
    const std::size_t at = text.find(mark);
    if (at != std::string::npos) text.replace(at, mark.size(), names);
  };
  replace("METHODS_WITH_DENSITY", methods_with("density"));
  replace("METHODS", methods_with());
  return text;
}

TEST_P(BaseMistake, IsNamedWithItsPointer) {
  EXPECT_EQ(error_text_of_base(GetParam().base), with_names(GetParam().error_text));
}

constexpr const char* shared_hosts =
    R"({"workers": 2, "protocol": {"broadcast": "binomial"}, "platform": {"kind": "file", "path": "p",
    "server": "s", "workers": ["a", "a"]}})";
constexpr const char* short_platform = R"({"workers": 2, "platform": {"kind": "file", "path": "p",
    "server": "s", "workers": ["a"]}})";
constexpr const char* shared_host = R"({"workers": 1, "platform": {"kind": "file", "path": "p",
    "server": "a", "workers": ["a"]}})";
constexpr const char* far_server = R"({"workers": 1, "protocol": {"server": "worker0"},
    "platform": {"kind": "file", "path": "p", "server": "s", "workers": ["a"]}})";

// Of keys that do not go together, the error is at one that departs from its default.
INSTANTIATE_TEST_SUITE_P(
    Pairs, BaseMistake,
    testing::Values(
        Mistake{R"({"algorithm": {"name": "sgd", "nesterov": true}})",
                "x.json: /base/algorithm/nesterov: nesterov expects a momentum above 0"},
        Mistake{R"({"algorithm": {"name": "sgd", "nesterov": true, "momentum": 0.9,
                                  "dampening": 0.1}})",
                "x.json: /base/algorithm/dampening: nesterov expects dampening 0"},
        Mistake{R"({"algorithm": {"name": "local_sgd", "local_steps": 4, "local_epochs": 2}})",
                "x.json: /base/algorithm/local_epochs: local_steps and local_epochs stand in place "
                "of each other: expected one of them"},
        Mistake{R"({"algorithm": {"name": "hier_avg", "participation": 0.5}})",
                "x.json: /base/algorithm/participation: global_steps and group_size take means "
                "over whole groups: expected participation 1"},
        Mistake{R"({"algorithm": {"name": "hier_avg", "reduction": "sum"}})",
                "x.json: /base/algorithm/reduction: global_steps and group_size take means over "
                "whole groups: expected reduction mean"},
        Mistake{R"({"algorithm": {"name": "hier_avg", "local_steps": 5, "global_steps": 8}})",
                "x.json: /base/algorithm/global_steps: global_steps must be a multiple of "
                "local_steps"},
        Mistake{R"({"workers": 3, "algorithm": {"name": "hier_avg", "group_size": 4}})",
                "x.json: /base/algorithm/group_size: must be at most workers (3), got 4"},
        Mistake{R"({"algorithm": {"name": "custom", "send": "lasg_ps", "memory": "difference"}})",
                "x.json: /base/algorithm/memory: lasg_ps compares the gradients that the server "
                "stores: expected a memory other than difference, whose messages are "
                "differences"},
        Mistake{R"({"algorithm": {"name": "custom", "send": "laq", "memory": "none"}})",
                "x.json: /base/algorithm/memory: laq compares changes since the last upload: "
                "expected memory difference, got none"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, BaseMistake,
    testing::Values(
        Mistake{R"({"algorithm": {"name": "sasg", "density": 1.5}})",
                "x.json: /base/algorithm/density: must be in (0, 1], got 1.5"},
        Mistake{R"({"algorithm": {"name": "sasg", "densty": 1}})",
                "x.json: /base/algorithm/densty: unknown key, did you mean density?"},
        Mistake{R"({"protocol": {"qqqqqq": 1}})",
                "x.json: /base/protocol/qqqqqq: unknown key; known are kind, uplink, server, "
                "server_shards, skip_flag_bytes, broadcast, on_failure, timeout, collective, "
                "group_size, chunk_bytes, buckets, topology, mixing"},
        Mistake{R"({"protocol": {"on_failure": "go_on"}})",
                "x.json: /base/protocol/timeout: expected a time above 0, since on_failure is "
                "go_on"},
        Mistake{R"({"protocol": {"on_failure": "go_on", "timeout": 0}})",
                "x.json: /base/protocol/timeout: must be above 0, got 0"},
        Mistake{R"({"protocol": {"on_failure": "wait", "timeout": "2s"}})",
                "x.json: /base/protocol/timeout: goes with on_failure go_on only, got wait"},
        Mistake{R"({"protocol": {"on_failure": "go_on", "timeout": 1, "broadcast": "binomial"}})",
                "x.json: /base/protocol/on_failure: go_on goes with broadcast star or none: where "
                "workers pass the model on, one that fails cuts others off"},
        Mistake{R"({"algorithm": {"name": "lag_ps"}, "model": {"name": "mlp"}})",
                "x.json: /base/algorithm/name: lag_ps expects model linear, whose smoothness "
                "constants are known; got mlp (send lasg_ps estimates them)"},
        Mistake{R"({"algorithm": {"name": "custom", "send": "lag_ps"}, "model": {"name": "cnn"}})",
                "x.json: /base/algorithm/send: lag_ps expects model linear, whose smoothness "
                "constants are known; got cnn (send lasg_ps estimates them)"},
        Mistake{R"({"algorithm": {"name": "lag_ps"}, "model": {"name": "linear"},
                    "protocol": {"broadcast": "binomial"}})",
                "x.json: /base/protocol/broadcast: must be star or none with lag_ps, got binomial, "
                "in which workers that do not take part would have to pass the model on"},
        Mistake{R"({"algorithm": {"name": "custom", "send": "lasg_ps"},
                    "protocol": {"on_failure": "go_on", "timeout": 1}})",
                "x.json: /base/protocol/on_failure: must be stop or wait with lasg_ps, whose "
                "server itself selects who takes part, got go_on"},
        Mistake{R"({"algorithm": {"name": "lag_wk", "smoothness": 0.1}})",
                "x.json: /base/algorithm/smoothness: smoothness does not apply to lag_wk; it "
                "belongs to custom"},
        Mistake{R"({"algorithm": {"name": "sgd", "density": 0.1}})",
                "x.json: /base/algorithm/density: density does not apply to sgd; it belongs to "
                "METHODS_WITH_DENSITY"},
        Mistake{R"({"algorithm": {"name": "sparse", "levels": 4}})",
                "x.json: /base/algorithm/levels: levels goes with kept_values quantised only"},
        Mistake{R"({"algorithm": {"name": "sasgg"}})",
                "x.json: /base/algorithm/name: must be one of METHODS, got \"sasgg\"; did you mean "
                "sasg?"},
        Mistake{R"({"model": {"name": 3}})",
                "x.json: /base/model/name: must be one of mlp, logistic, cnn, resnet18, linear, "
                "layers, torchscript, external, got 3"},
        Mistake{R"({"workers": "ten"})",
                "x.json: /base/workers: must be a whole number, got \"ten\""},
        Mistake{R"({"workers": 0})", "x.json: /base/workers: must be in [1, 1000000], got 0"},
        Mistake{R"({"seed": 9223372036854775808})",
                "x.json: /base/seed: must be in [0, 9223372036854775807], got "
                "9223372036854775808"},
        Mistake{R"({"epochs": []})", "x.json: /base/epochs: must be a number, got []"},
        Mistake{R"({"baseline": {"stop": 1}})",
                "x.json: /base/baseline/stop: must be true or false, got 1"},
        Mistake{R"({"algorithm": "sgd"})",
                "x.json: /base/algorithm: must be an object, got \"sgd\"; did you mean {\"name\": "
                "\"sgd\"}?"},
        Mistake{R"({"algorithm": "sagg"})",
                "x.json: /base/algorithm: must be an object, got \"sagg\"; did you mean {\"name\": "
                "\"sasg\"}?"},
        Mistake{R"({"algorithm": 0.1})",
                "x.json: /base/algorithm: must be an object, got 0.1; did you mean "
                "{\"participation\": 0.1}?"},
        Mistake{R"({"dataset": "mnist"})",
                "x.json: /base/dataset: must be an object, got \"mnist\"; did you mean {\"name\": "
                "\"mnist\"}?"},
        Mistake{R"({"model": "mlp"})",
                "x.json: /base/model: must be an object, got \"mlp\"; did you mean {\"name\": "
                "\"mlp\"}?"},
        Mistake{R"({"platform": "star"})",
                "x.json: /base/platform: must be an object, got \"star\"; did you mean {\"kind\": "
                "\"star\"}?"},
        Mistake{
            R"({"baseline": 0.9})",
            "x.json: /base/baseline: must be an object, got 0.9; did you mean {\"above\": 0.9}?"},
        Mistake{R"({"learning_rate": 0.01})",
                "x.json: /base/learning_rate: must be an object, got 0.01; did you mean "
                "{\"initial\": 0.01}?"},
        Mistake{R"({"learning_rate": "fast"})",
                "x.json: /base/learning_rate: must be an object, got \"fast\""},
        Mistake{R"({"protocol": "concurrent"})",
                "x.json: /base/protocol: must be an object, got \"concurrent\"; did you mean "
                "{\"uplink\": \"concurrent\"}?"},
        Mistake{R"({"wire": "golomb"})",
                "x.json: /base/wire: must be an object, got \"golomb\"; did you mean {\"index\": "
                "\"golomb\"}?"},
        Mistake{R"({"platform": {"uplink": "100 Mbps"}})",
                "x.json: /base/platform/uplink: must have no blank: \"100Mbps\", got \"100 Mbps\""},
        Mistake{R"({"model": {"hidden": 512}})",
                "x.json: /base/model/hidden: must be a list, got 512; did you mean [512]?"},
        Mistake{R"({"model": {"hidden": [5, 0]}})",
                "x.json: /base/model/hidden/1: must be in [1, 1000000], got 0"},
        Mistake{R"({"platform": {"uplink": "fast"}})",
                "x.json: /base/platform/uplink: must be a bandwidth such as \"1Gbps\", or bytes "
                "per second, got \"fast\""},
        Mistake{R"({"platform": {"uplink": "1gbps"}})",
                "x.json: /base/platform/uplink: has an unknown unit, did you mean Gbps?, got "
                "\"1gbps\""},
        Mistake{R"({"platform": {"uplink": "0Gbps"}})",
                "x.json: /base/platform/uplink: must be in [0.001, 1e+18] bytes per second, got "
                "\"0Gbps\""},
        Mistake{R"({"platform": {"latency": -1}})",
                "x.json: /base/platform/latency: must be in [0, 1000000000] seconds, got -1"},
        Mistake{R"({"platform": {"latency": "5"}})",
                "x.json: /base/platform/latency: has no unit; must be a time such as \"50us\", or "
                "seconds, got \"5\""},
        Mistake{R"({"platform": {"kind": "file"}})", "x.json: /base/platform: path is missing"},
        Mistake{R"({"learning_rate": {"steps": [{"epoch": 3}, {"epoch": 3}]}})",
                "x.json: /base/learning_rate/steps/1/epoch: must be above the entry before (3), "
                "got 3"},
        Mistake{R"({"workers": 2, "platform": {"overrides": [{"worker": 2}]}})",
                "x.json: /base/platform/overrides/0/worker: must be below workers (2), got 2"},
        Mistake{R"({"platform": {"overrides": [{"worker": 2}, {"worker": 2}]}})",
                "x.json: /base/platform/overrides/1/worker: worker 2 is in entry 0 already"},
        Mistake{R"({"dataset": {"name": "cifar10+mnist"}})",
                "x.json: /base/model/gradient: must be libtorch when dataset is cifar10+mnist, got "
                "kernels"},
        Mistake{shared_hosts,
                "x.json: /base/platform/workers/1: a is the host of worker 0 already; a binomial "
                "broadcast expects each worker on a host of its own"},
        Mistake{short_platform,
                "x.json: /base/platform/workers: must name as many hosts as there are workers (2), "
                "got 1"},
        Mistake{shared_host,
                "x.json: /base/platform/server: a is the host of worker 0; protocol.server is "
                "dedicated"},
        Mistake{far_server,
                "x.json: /base/platform/server: must be a, the host of worker 0, since "
                "protocol.server is worker0; got s"},
        Mistake{R"({"batch_size": 11, "dataset": {"name": "synthetic", "train_samples": 100}})",
                "x.json: /base/dataset/train_samples: must be at least workers * batch_size = 110, "
                "got 100"}));

TEST(Errors, LongValuesAreShortened) {
  const std::string text = error_text_of_base("{\"workers\": \"" + std::string(500, 'x') + "\"}");

  EXPECT_EQ(text,
            "x.json: /base/workers: must be a whole number, got \"" + std::string(59, 'x') + "...");
}

TEST(Errors, AreOneLineWhateverTheKey) {
  EXPECT_THAT(error_text_of_base(R"({"a\nb/c": 1})"),
              testing::StartsWith("x.json: /base/a\\u000ab~1c: unknown key; known are workers, "));
}

TEST(Errors, OfTheFileItself) {
  EXPECT_EQ(error_text_of("{}"), "x.json: name is missing");
  EXPECT_EQ(error_text_of("[]"), "x.json: must be an object, got []");
  EXPECT_EQ(error_text_of(R"({"name": "a", "bas": {}})"),
            "x.json: /bas: unknown key, did you mean base?");
  EXPECT_EQ(error_text_of(R"({"name": "../a"})"),
            "x.json: /name: must be 1 to 100 letters, digits, dots, dashes or underscores, not "
            "beginning with a dot or a dash, got \"../a\"");
  EXPECT_EQ(error_text_of(R"({"name": "a", "description": 1})"),
            "x.json: /description: must be a string, got 1");
}

TEST(Errors, OfSyntaxHaveLineAndColumn) {
  EXPECT_EQ(error_text_of("{\n  \"name\": \"a\"\n  \"base\": 1\n}"),
            "x.json: line 3, column 8: syntax error while parsing object - unexpected string "
            "literal; expected '}'");
}

TEST(Errors, InTheSweepPointAtTheSweep) {
  const std::string axis = R"({"name": "x", "sweep": [)";
  EXPECT_EQ(error_text_of(axis + R"({"algorithm": [{"name": "sgd"},
                                                     {"name": "sasg", "density": 2}]}]})"),
            "x.json: /sweep/0/algorithm/1/density: must be in (0, 1], got 2");
  EXPECT_EQ(error_text_of(axis + R"({"platform.uplnk": [1]}]})"),
            "x.json: /sweep/0/platform.uplnk: unknown setting, did you mean platform.uplink?");
  EXPECT_EQ(error_text_of(axis + R"({"seed": 1}]})"),
            "x.json: /sweep/0/seed: must be a list of values, got 1");
  EXPECT_EQ(error_text_of(axis + R"({"seed": []}]})"),
            "x.json: /sweep/0/seed: must have at least one value");
  EXPECT_EQ(error_text_of(axis + "{}]}"), "x.json: /sweep/0: must sweep at least one setting");
  EXPECT_EQ(error_text_of(axis + R"({"seed": [1, 2]}, {"seed": [3]}]})"),
            "x.json: /sweep/1/seed: is swept by /sweep/0/seed already");
  EXPECT_EQ(error_text_of(axis + R"({"seed": [1, 2], "workers": [3]}]})"),
            "x.json: /sweep/0: lists of one axis go together and must be equally long; seed has 2, "
            "workers has 1");
  EXPECT_EQ(error_text_of(axis + R"({"seed": [1, 2, 1.0]}]})"),
            "x.json: /sweep: runs 1 (seed=1) and 3 (seed=1.0) have the same settings");
}

TEST(Errors, InBaseShowEvenWhereTheSweepReplacesIt) {
  EXPECT_EQ(
      error_text_of(R"({"name": "x", "base": {"algorithm": {"name": "sg"}},
                               "sweep": [{"algorithm": [{"name": "sgd"}]}]})"),
      with_names(
          "x.json: /base/algorithm/name: must be one of METHODS, got \"sg\"; did you mean sgd?"));
}

}  // namespace
}  // namespace gradwire::scenario::errors_test
