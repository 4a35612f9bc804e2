#include "sim/learn/nets/layer_plan.hpp"

#include <gtest/gtest.h>

#include "sim/learn/nets/shipped_layers.hpp"

namespace gradwire::learn::layer_plan_test {
namespace {

constexpr NetTask photographs{.channels = 3, .rows = 32, .columns = 32, .classes = 10};
constexpr NetTask vectors{.columns = 20, .classes = 5};

using Kind = LayerKind;

/// "3/layers/0: message" of the LayerError; "" if there is none.
std::string error_of(const std::vector<LayerConfig>& layers, const NetTask& task = photographs) {
  try {
    static_cast<void>(plan_layers(layers, task));
  } catch (const LayerError& error) {
    std::string text;
    for (const std::string& step : error.steps()) text += (text.empty() ? "" : "/") + step;
    return text + ": " + error.what();
  }
  return "";
}

/// The output of a layer on the photographs.
Shape shape_of(const LayerConfig& layer) {
  const auto planned =
      plan_layers({layer, {.kind = Kind::flatten}, {.kind = Kind::linear}}, photographs);
  return planned.front().out;
}

TEST(LayerPlan, InfersTheSizeOfEveryInput) {
  const auto planned = plan_layers(cnn_layers(), {.rows = 28, .columns = 28});

  ASSERT_EQ(planned.size(), 10U);
  EXPECT_EQ(planned[3].in, (Shape{32, 14, 14}));
  EXPECT_EQ(planned[7].in, (Shape{3136}));
  EXPECT_EQ(planned[9].config.units, 10);
}

TEST(LayerPlan, OutputsHaveTheShapesOfPytorchsModules) {
  EXPECT_EQ(shape_of({.kind = Kind::conv, .channels = 8, .kernel = 5}), (Shape{8, 28, 28}));
  EXPECT_EQ(shape_of({.kind = Kind::conv, .channels = 8, .kernel = 3, .stride = 2, .padding = 1}),
            (Shape{8, 16, 16}));
  EXPECT_EQ(shape_of({.kind = Kind::max_pool, .kernel = 3}), (Shape{3, 10, 10}));
  EXPECT_EQ(shape_of({.kind = Kind::max_pool, .kernel = 3, .stride = 2, .padding = 1}),
            (Shape{3, 16, 16}));
  EXPECT_EQ(shape_of({.kind = Kind::average_pool, .kernel = 5, .stride = 3}), (Shape{3, 10, 10}));
  EXPECT_EQ(shape_of({.kind = Kind::adaptive_average_pool, .size = 7}), (Shape{3, 7, 7}));
  EXPECT_EQ(shape_of({.kind = Kind::global_average_pool}), Shape{3});
  EXPECT_EQ(shape_of({.kind = Kind::flatten}), Shape{3072});
  EXPECT_EQ(shape_of({.kind = Kind::gelu}), (Shape{3, 32, 32}));
}

TEST(LayerPlan, NamesAreThoseOfPytorchsSequential) {
  const auto planned =
      plan_layers({{.kind = Kind::residual,
                    .name = "block",
                    .layers = {{.kind = Kind::relu}, {.kind = Kind::linear, .units = 20}},
                    .shortcut = {{.kind = Kind::linear, .units = 20}}},
                   {.kind = Kind::linear}},
                  vectors);

  EXPECT_EQ(planned[0].layers[1].name, "block.1");
  EXPECT_EQ(planned[0].shortcut[0].name, "block.shortcut.0");
  EXPECT_EQ(planned[1].name, "1");
}

TEST(LayerPlan, LayerThatDoesNotFitIsNamed) {
  const LayerConfig last{.kind = Kind::linear};
  EXPECT_EQ(error_of({last}),
            "0: linear expects a vector, got images of 3 x 32 x 32; put a flatten layer before it");
  EXPECT_EQ(error_of({{.kind = Kind::max_pool, .kernel = 16}, {.kind = Kind::conv, .kernel = 5}}),
            "1: a kernel of 5 with padding 0 expects at least 5 x 5, got images of 3 x 2 x 2");
  EXPECT_EQ(error_of({{.kind = Kind::conv}}, vectors),
            "0: conv expects images (channels x rows x columns), got a vector of 20");
  EXPECT_EQ(
      error_of({{.kind = Kind::global_average_pool}}, vectors),
      "0: global_average_pool expects images (channels x rows x columns), got a vector of 20");
  EXPECT_EQ(error_of({{.kind = Kind::max_pool, .kernel = 3, .padding = 2}}),
            "0: a pool's padding is at most half its kernel (1), got 2");
}

TEST(LayerPlan, ResidualWhoseSummandsDifferIsNamed) {
  const LayerConfig block{.kind = Kind::residual,
                          .layers = {{.kind = Kind::conv, .channels = 8, .padding = 1}}};
  EXPECT_EQ(error_of({block}),
            "0: its layers give 8 x 32 x 32 and its shortcut 3 x 32 x 32, expected the same shape");
  EXPECT_EQ(error_of({{.kind = Kind::residual}}),
            "0: a residual expects at least one layer in layers");
  EXPECT_EQ(error_of({{.kind = Kind::residual,
                       .layers = {{.kind = Kind::relu}},
                       .shortcut = {{.kind = Kind::relu}, {.kind = Kind::linear}}}}),
            "0/shortcut/1: linear expects a vector, got images of 3 x 32 x 32; put a flatten layer "
            "before it");
}

TEST(LayerPlan, ModelThatGivesNoLogitPerClassIsRefused) {
  EXPECT_EQ(error_of({{.kind = Kind::linear, .units = 7}}, vectors),
            "0: the last layer gives 7, expected 5, one logit per class");
  EXPECT_EQ(error_of({{.kind = Kind::relu}}),
            "0: the last layer gives 3 x 32 x 32, expected 10, one logit per class");
}

TEST(LayerPlan, NameOfTwoLayersIsRefused) {
  const LayerConfig layer{.kind = Kind::linear, .name = "fc"};
  EXPECT_EQ(error_of({layer, layer}, vectors), "1: another layer has the name fc already");
}

TEST(LayerPlan, ModelBeyondMemoryIsRefused) {
  const LayerConfig wide{.kind = Kind::linear, .units = 1'000'000};
  EXPECT_EQ(error_of({wide, wide, {.kind = Kind::linear}}, vectors),
            "1: makes 1000022000000 parameters with the layers before it, at most 2000000000 "
            "expected");
}

}  // namespace
}  // namespace gradwire::learn::layer_plan_test
