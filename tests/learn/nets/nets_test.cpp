#include "sim/learn/nets/nets.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/mlp/problem.hpp"
#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/layer_net.hpp"
#include "sim/learn/nets/shipped_layers.hpp"
#include "sim/learn/nets/usual_layout.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::nets_test {
namespace {

constexpr NetTask cifar10{.channels = 3, .rows = 32, .columns = 32, .classes = 10};
constexpr NetTask cifar100{.channels = 3, .rows = 32, .columns = 32, .classes = 100};
constexpr NetTask mnist{.channels = 1, .rows = 28, .columns = 28, .classes = 10};

/// k of the top 1 % of each tensor, as the SASG authors count it.
std::size_t kept(const Layout& layout) {
  std::size_t k = 0;
  for (const TensorSlot& slot : layout.tensors()) k += std::max<std::size_t>(1, slot.size / 100);
  return k;
}

TEST(Nets, Resnet18HasTheAuthorsTensors) {
  const auto ten = make_layer_net(resnet18_layers(64), cifar10);
  const auto hundred = make_layer_net(resnet18_layers(64), cifar100);

  EXPECT_EQ(ten->layout().size(), 11'173'962U);
  EXPECT_EQ(ten->layout().tensors().size(), 62U);
  EXPECT_EQ(kept(ten->layout()), 111'723U);
  EXPECT_EQ(hundred->layout().size(), 11'220'132U);
  EXPECT_EQ(kept(hundred->layout()), 112'184U);
  EXPECT_EQ(ten->layout().tensors()[6].name, "layer1.0.conv2.weight");
}

TEST(Nets, CnnHasTheParametersOfItsPaper) {
  EXPECT_EQ(make_layer_net(cnn_layers(), mnist)->layout().size(), 1'663'370U);
}

TEST(Nets, TheUsualLayoutIsTheNetsOwn) {
  const DatasetConfig data{.name = "cifar10"};
  for (const ModelKind name :
       {ModelKind::resnet18, ModelKind::cnn, ModelKind::mlp, ModelKind::logistic}) {
    const ModelConfig model{.name = name};
    EXPECT_EQ(usual_layout(model, data), make_net(model, cifar10)->layout());
  }
  EXPECT_EQ(usual_layout({.name = ModelKind::linear}, data), std::nullopt);
  EXPECT_EQ(usual_layout({.name = ModelKind::cnn}, {.name = "file"}), std::nullopt);
}

TEST(Nets, ParametersStartAsPytorchStartsThem) {
  const auto net = make_layer_net(resnet18_layers(4), cifar10);
  const Vector theta = net->initial_parameters(1);
  const auto& tensors = net->layout().tensors();

  const double bound = 1 / std::sqrt(27.0);  // conv1: 3 channels, 3 x 3
  for (std::size_t i = 0; i < tensors[0].size; ++i) EXPECT_LE(std::abs(theta[i]), bound);
  EXPECT_EQ(theta[tensors[1].offset], 1.0F);  // bn1.weight
  EXPECT_EQ(theta[tensors[2].offset], 0.0F);  // bn1.bias
  std::int64_t constants = 0;
  for (const TensorSlot& slot : tensors) {
    if (slot.name.find("bn") != std::string::npos ||
        slot.name.find("shortcut.1") != std::string::npos) {
      constants += static_cast<std::int64_t>(slot.size);
    }
  }
  EXPECT_EQ(net->drawn_parameters(), static_cast<std::int64_t>(theta.size()) - constants);
}

/// Width 4 and six 16 x 16 images, with values of sines and cosines. The expected numbers were
/// computed with PyTorch's Python modules of the authors' architecture.
struct Resnet : testing::Test {
  Resnet() {
    for (std::size_t i = 0; i < theta.size(); ++i) {
      theta[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i)) * 0.3);
    }
    for (std::size_t i = 0; i < images.size(); ++i) {
      images[i] = static_cast<float>(std::cos(0.37 * static_cast<double>(i)));
    }
  }
  std::unique_ptr<Net> net =
      make_layer_net(resnet18_layers(4), {.channels = 3, .rows = 16, .columns = 16, .classes = 10});
  Vector theta = Vector(net->layout().size());
  Vector images = Vector(std::size_t{6} * 3 * 16 * 16);
  std::vector<Label> labels = {0, 3, 9, 1, 1, 7};
  std::vector<std::int64_t> shape = {3, 16, 16};
};

TEST_F(Resnet, GradientIsThatOfPytorchsModules) {
  ASSERT_EQ(theta.size(), 44'622U);
  Vector gradient(theta.size());
  NormSample norms;

  const auto statistics =
      net_gradient(*net, theta, net_batch(images, labels, shape, Device::cpu), gradient, &norms);

  EXPECT_NEAR(statistics.loss / 6, 3.0743236541748047, 1e-5);
  EXPECT_EQ(statistics.samples, 6);
  EXPECT_NEAR(squared_norm(gradient), 2.9687766519098435, 1e-4);
  EXPECT_NEAR(gradient[0], 0.0008442317484878004, 1e-6);
  EXPECT_NEAR(gradient[1000], -0.00024290833971463144, 1e-6);
  EXPECT_NEAR(gradient.back(), -0.15796548128128052, 1e-5);
}

TEST_F(Resnet, RunningStatisticsMoveAsPytorchsDo) {
  Vector gradient(theta.size());
  NormSample norms;
  net_gradient(*net, theta, net_batch(images, labels, shape, Device::cpu), gradient, &norms);
  NormStatistics running(net->initial_norms(), net->norm_update(), 1, false);

  running.observe(0, norms);

  EXPECT_NEAR(running.of(0).means[0], -0.00023789714032318443, 1e-7);
  EXPECT_NEAR(running.of(0).variances[0], 0.9698066115379333, 1e-5);
  EXPECT_NEAR(running.of(0).variances[3], 0.9748174548149109, 1e-5);
  const at::Tensor logits =
      net_output(*net, theta, net_batch(images, labels, shape, Device::cpu), running.of(0)).logits;
  EXPECT_NEAR(logits[0][0].item<double>(), -1.7577693462371826, 1e-4);
  EXPECT_NEAR(logits[0][3].item<double>(), 1.0314987897872925, 1e-4);
}

TEST(Nets, FullyConnectedNetEqualsTheWrittenOutOne) {
  const Dataset data = small_dataset();
  ModelConfig model;
  model.hidden = {16};
  MlpProblem written_out(data, model, 1, 10, 1);
  const Model theta =
      std::make_shared<const ModelVersion>(ModelVersion{0, written_out.initial_parameters(), 0.0});
  const auto minibatches = written_out.minibatches(0, theta);
  const auto expected = minibatches->of(0).at(theta);

  const auto net =
      make_layer_net(mlp_layers({16}), {.channels = 1, .rows = 1, .columns = 12, .classes = 5});
  const Sampler partition(200, 1, 10, 1);
  Vector inputs(12 * 10);
  std::vector<Label> labels(10);
  data.train.gather(batch_of(partition, 0, 0, 0), inputs, labels);
  Vector gradient(net->layout().size());
  const std::vector<std::int64_t> shape = {1, 1, 12};
  net_gradient(*net, theta->parameters(), net_batch(inputs, labels, shape, Device::cpu), gradient,
               nullptr);

  EXPECT_EQ(net->initial_parameters(1), written_out.initial_parameters());
  ASSERT_EQ(gradient.size(), expected.size());
  for (std::size_t i = 0; i < gradient.size(); ++i) EXPECT_NEAR(gradient[i], expected[i], 1e-6);
}

TEST(Nets, TopFiveCountsClassesThatBeatTheLabel) {
  const at::Tensor logits = at::arange(7, at::kFloat).unsqueeze(0).repeat({2, 1});
  const at::Tensor labels = at::tensor({2, 1}, at::kLong);  // beaten by four, and by five

  const BatchStatistics outcome =
      net_outcomes({.logits = logits}, {.images = {}, .labels = labels});

  EXPECT_EQ(outcome.correct, 0);
  EXPECT_EQ(outcome.correct_top5, 1);
}

TEST(Nets, CudaThatIsNotThereIsAnError) {
  if (at::hasCUDA()) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(input_error([] { check_device(Device::cuda); }),
            "/base/device: expected cpu, since this LibTorch has no CUDA or finds no GPU; got "
            "\"cuda\"");
}

}  // namespace
}  // namespace gradwire::learn::nets_test
