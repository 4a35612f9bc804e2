// The models of experiments/models, compared with PyTorch's modules.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/layer_net.hpp"
#include "sim/scenario/model_file.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::models_test {
namespace {

/// In [-1, 1): the hash of tests/reference/nets.py.
double hashed(std::uint32_t x) {
  x ^= x >> 16U;
  x *= 0x7feb352dU;
  x ^= x >> 15U;
  x *= 0x846ca68bU;
  x ^= x >> 16U;
  return x / 2147483648.0 - 1;
}

Vector parameters_of(const Layout& layout) {
  Vector theta(layout.size());
  for (const TensorSlot& slot : layout.tensors()) {
    const bool is_matrix = slot.shape.size() > 1;
    const auto fan_in = static_cast<double>(slot.size) / static_cast<double>(slot.shape[0]);
    const double scale = is_matrix ? std::sqrt(6 / fan_in) : 0.1;
    const double centre = !is_matrix && slot.name.ends_with("weight") ? 1 : 0;
    for (std::size_t i = slot.offset; i < slot.offset + slot.size; ++i) {
      theta[i] = static_cast<float>(centre + scale * hashed(static_cast<std::uint32_t>(i)));
    }
  }
  return theta;
}

std::vector<LayerConfig> without_dropout(std::vector<LayerConfig> layers) {
  for (LayerConfig& layer : layers) {
    if (layer.kind == LayerKind::dropout) layer.p = 0;
  }
  return layers;
}

/// As printed by tests/reference/nets.py.
struct Expected {
  const char* name;
  std::size_t parameters;
  double loss;
  double squared_norm;
  std::array<double, 5> entries;
};

std::vector<LayerConfig> layers_of(const std::string& name, const std::string& dataset) {
  scenario::Scenario scenario;
  scenario.dataset.name = dataset;
  scenario.model.name = ModelKind::layers;
  scenario.model.file = name + ".json";
  scenario::DigestCache cache;
  const scenario::SourceMap source_map{.file = "x.json", .moved = {}};
  scenario::resolve_model(scenario, GRADWIRE_SOURCE_DIR "/experiments/models",
                          scenario::JsonLocation(source_map), cache);
  return scenario.model.layers;
}

class Models : public testing::TestWithParam<Expected> {};

TEST_P(Models, HaveTheParametersAndTheGradientOfPytorchsModule) {
  const Expected& expected = GetParam();
  const bool is_grey = expected.parameters < 300'000;
  const NetTask task = is_grey ? NetTask{.rows = 28, .columns = 28}
                               : NetTask{.channels = 3, .rows = 32, .columns = 32};
  const auto layers = layers_of(expected.name, is_grey ? "mnist" : "cifar10");
  const auto net = make_layer_net(without_dropout(layers), task);
  ASSERT_EQ(net->layout().size(), expected.parameters);
  const Vector theta = parameters_of(net->layout());
  const std::vector<std::int64_t> shape = {task.channels, task.rows, task.columns};
  Vector images(4 * static_cast<std::size_t>(task.channels * task.rows * task.columns));
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i] = static_cast<float>(hashed(static_cast<std::uint32_t>(i + 7)));
  }
  const std::vector<Label> labels = {0, 3, 9, 1};
  Vector gradient(theta.size());

  const BatchStatistics statistics =
      net_gradient(*net, theta, net_batch(images, labels, shape, Device::cpu), gradient, nullptr);

  EXPECT_NEAR(statistics.loss / 4, expected.loss, 1e-4 * expected.loss);
  const double norm = squared_norm(gradient);
  EXPECT_NEAR(norm, expected.squared_norm, 1e-4 * expected.squared_norm);
  const double typical = std::sqrt(norm / static_cast<double>(gradient.size()));
  for (std::size_t i = 0; i < expected.entries.size(); ++i) {
    const std::size_t place = gradient.size() * (2 * i + 1) / (2 * expected.entries.size());
    EXPECT_NEAR(gradient[place], expected.entries[i],
                1e-4 * (std::abs(expected.entries[i]) + typical))
        << place;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shipped, Models,
    testing::Values(
        Expected{"lenet", 61706, 3.35644913, 222.679829, {0, 0, 0.0564551875, 0, -0.0263429508}},
        Expected{"mlp_2nn",
                 199210,
                 2.95267868,
                 119.825335,
                 {-0.00205767434, -0.0468328148, -0.0294677261, -0.00329959835, -0.0142069655}},
        Expected{"vgg16",
                 14728266,
                 3.77637982,
                 57500.5834,
                 {0.0417865254, 0.0367418006, 0.0323755555, 0.00500913197, 0}},
        Expected{"cong", 506378, 2.86765361, 1246.97182, {0.0078297006, 0, 0, -0.0441836528, 0}}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace gradwire::learn::models_test
