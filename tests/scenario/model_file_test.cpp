#include "sim/scenario/model_file.hpp"

#include <gmock/gmock.h>

#include "sim/scenario/scenario_json.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::scenario::model_file_test {
namespace {

using namespace testing_support;

constexpr const char* two_layers =
    R"([{"kind": "flatten"}, {"kind": "linear", "units": 7}, {"kind": "linear"}])";

std::string experiment(const std::string& model) {
  return R"({"name": "x", "base": {"dataset": {"name": "mnist"}, "model": {"name": "layers", )" +
         model + "}}}";
}

std::string inline_layers(const std::string& list) { return experiment(R"("layers": )" + list); }

std::string file_of(const std::string& list) { return R"({"layers": )" + list + "}"; }

TEST(Layers, FromAFileAreThoseGivenInline) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("net.json", file_of(two_layers)));

  const auto given =
      sweep::plan_experiment(folder.write("x.json", experiment(R"("file": "net.json")")));

  const auto run = plan_of(inline_layers(two_layers)).runs.front();
  EXPECT_EQ(given.runs.front().scenario.model.layers, run.scenario.model.layers);
  EXPECT_EQ(given.runs.front().id, run.id);
  EXPECT_EQ(run.scenario.model.layers.size(), 3U);
  EXPECT_EQ(run.scenario.model.layers[1].units, 7);
}

TEST(Layers, AreNeededFromTheirFileOnlyOnce) {
  Scenario scenario;
  {
    const TemporaryFolder folder;
    static_cast<void>(folder.write("net.json", file_of(two_layers)));
    scenario = sweep::plan_experiment(folder.write("x.json", experiment(R"("file": "net.json")")))
                   .runs.front()
                   .scenario;
  }
  const TemporaryFolder other;

  EXPECT_EQ(load_scenario(other.write("scenario.json", to_json(scenario).dump())), scenario);
}

TEST(Layers, ReadBackEqualHoweverDeep) {
  const std::string inner = R"({"kind": "residual", "layers": [{"kind": "dropout", "p": 0.25},
      {"kind": "residual", "name": "b", "layers": [{"kind": "conv", "channels": 1, "padding": 1}]}],
      "shortcut": [{"kind": "leaky_relu", "slope": 0.5}]})";
  const auto scenario =
      plan_of(inline_layers("[" + inner + R"(, {"kind": "flatten"}, {"kind": "linear"}])"))
          .runs.front()
          .scenario;

  EXPECT_EQ(scenario.model.layers[0].layers[1].layers[0].padding, 1);
  EXPECT_EQ(read_scenario(to_json(scenario), "x"), scenario);
}

TEST(Layers, MayBeSwept) {
  const TemporaryFolder folder;
  static_cast<void>(
      folder.write("a.json", file_of(R"([{"kind": "flatten"}, {"kind": "linear"}])")));
  static_cast<void>(folder.write("b.json", file_of(two_layers)));

  const auto plan = sweep::plan_experiment(folder.write("x.json", R"({"name": "x",
      "base": {"dataset": {"name": "mnist"}, "model": {"name": "layers"}},
      "sweep": [{"model.file": ["a.json", "b.json"]}]})"));

  ASSERT_EQ(plan.runs.size(), 2U);
  EXPECT_EQ(plan.runs[0].scenario.model.layers.size(), 2U);
  EXPECT_EQ(plan.runs[1].scenario.model.layers.size(), 3U);
}

struct Mistake {
  const char* layers;
  const char* error_text;
};

class LayerMistake : public testing::TestWithParam<Mistake> {};

TEST_P(LayerMistake, IsNamedWithTheLayersPointer) {
  EXPECT_EQ(error_text_of(inline_layers(GetParam().layers)), GetParam().error_text);
}

INSTANTIATE_TEST_SUITE_P(
    Layers, LayerMistake,
    testing::Values(
        Mistake{R"([{"kind": "linaer"}])",
                "x.json: /base/model/layers/0/kind: must be one of linear, conv, max_pool, "
                "average_pool, adaptive_average_pool, global_average_pool, batch_norm, relu, "
                "leaky_relu, tanh, sigmoid, gelu, dropout, flatten, residual, got \"linaer\"; did "
                "you mean linear?"},
        Mistake{R"([{"kind": "conv"}])", "x.json: /base/model/layers/0: channels is missing"},
        Mistake{R"([{"kind": "flatten"}, {"kind": "linear", "channels": 3}])",
                "x.json: /base/model/layers/1/channels: channels does not apply to linear; it "
                "belongs to conv"},
        Mistake{R"([{"kind": "linear", "units": 0}])",
                "x.json: /base/model/layers/0/units: must be in [1, 1000000], got 0"},
        Mistake{R"([{"kind": "linear", "units": "all"}])",
                "x.json: /base/model/layers/0/units: must be classes, or a whole number in [1, "
                "1000000], got \"all\""},
        Mistake{R"([{"kind": "residual", "layers": [{"kind": "dropout", "p": 1}]}])",
                "x.json: /base/model/layers/0/layers/0/p: must be in [0, 1), got 1"},
        Mistake{R"([{"kind": "residual", "layers": [{"kind": "relu", "q": 1}]}])",
                "x.json: /base/model/layers/0/layers/0/q: unknown key; known are kind, name, "
                "units, channels, kernel, stride, padding, bias, size, slope, p, layers, shortcut"},
        Mistake{R"([{"kind": "linear"}])",
                "x.json: /base/model/layers/0: linear expects a vector, got images of 1 x 28 x 28; "
                "put a flatten layer before it"},
        Mistake{R"([{"kind": "residual", "layers": [{"kind": "relu"}],
                     "shortcut": [{"kind": "max_pool", "kernel": 29}]}])",
                "x.json: /base/model/layers/0/shortcut/0: a kernel of 29 with padding 0 expects at "
                "least 29 x 29, got images of 1 x 28 x 28"},
        Mistake{R"([])", "x.json: /base/model: expected layers, or a file of them"}));

TEST(LayerFile, MistakesInItAreNamedThere) {
  const TemporaryFolder folder;
  const auto error_in = [&](const std::string& text) {
    static_cast<void>(folder.write("net.json", text));
    const auto file = folder.write("x.json", experiment(R"("file": "net.json")"));
    return error_text([&] { static_cast<void>(sweep::plan_experiment(file)); }, folder.path());
  };
  EXPECT_EQ(error_in(file_of(R"([{"kind": "linear", "unit": 3}])")),
            "net.json: /layers/0/unit: unknown key, did you mean units?");
  EXPECT_EQ(error_in(file_of(R"([{"kind": "flatten"}, {"kind": "linear", "units": 3}])")),
            "net.json: /layers/1: the last layer gives 3, expected 10, one logit per class");
  EXPECT_EQ(error_in("{}"), "net.json: layers is missing, or has none");
  EXPECT_EQ(error_in("[]"), "net.json: must be an object, got []");
}

TEST(LayerFile, ThatIsMissingIsAnError) {
  EXPECT_EQ(error_text_of(experiment(R"("file": "no.json")")),
            "x.json: /base/model/file: no.json: cannot be read: No such file or directory");
}

TEST(LayerFile, WithAnotherDigestIsRefused) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("net.json", file_of(two_layers)));
  const auto file = folder.write("x.json", experiment(R"("file": "net.json", "digest": "00")"));
  EXPECT_THAT(error_text([&] { static_cast<void>(sweep::plan_experiment(file)); }, folder.path()),
              testing::MatchesRegex("x.json: /base/model/digest: must be [0-9a-f]*, the digest of "
                                    "net.json, got 00"));
}

TEST(LayerFile, BesideALayersListIsRefused) {
  EXPECT_EQ(error_text_of(experiment(R"("file": "net.json", "layers": [{"kind": "relu"}])")),
            "x.json: /base/model/file: goes in place of layers, which are given too");
}

}  // namespace
}  // namespace gradwire::scenario::model_file_test
