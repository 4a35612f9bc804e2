#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/layer_net.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::layers_test {
namespace {

using Kind = LayerKind;

/// The images, 4 x 3 x 6 x 6, with positive and negative entries.
at::Tensor images() {
  return at::linspace(-3, 3, 4 * 3 * 6 * 6).view({4, 3, 6, 6}).sin().mul(1.5).contiguous();
}

constexpr NetTask task{.channels = 3, .rows = 6, .columns = 6, .classes = 3};

/// A net that ends in the mean of each channel, as logits.
std::unique_ptr<Net> net_of(std::vector<LayerConfig> layers) {
  layers.push_back({.kind = Kind::global_average_pool});
  return make_layer_net(layers, task);
}

/// Each parameter from the file, with gradients.
std::vector<at::Tensor> parameters_of(const Net& net) {
  std::vector<at::Tensor> tensors;
  const Vector theta = net.initial_parameters(3);
  for (const TensorSlot& slot : net.layout().tensors()) {
    tensors.push_back(at::from_blob(const_cast<float*>(theta.data()) + slot.offset, slot.shape)
                          .clone()
                          .requires_grad_(true));
  }
  return tensors;
}

NetPass pass_of(const Net& net, bool training) {
  const auto channels = static_cast<std::int64_t>(net.initial_norms().means.size());
  return {.parameters = parameters_of(net),
          .training = training,
          .norm_means = at::zeros({channels}),
          .norm_variances = at::ones({channels})};
}

at::Tensor logits_of(const Net& net, bool training = false, std::uint64_t draws = 0) {
  return net
      .forward(pass_of(net, training),
               {.images = images(), .labels = at::zeros({4}, at::kLong), .draws = draws})
      .logits;
}

struct Case {
  LayerConfig layer;
  at::Tensor expected;  ///< of the images
};

TEST(Layers, AreLibTorchsFunctions) {
  const at::Tensor x = images();
  for (const Case& one : {
           Case{{.kind = Kind::max_pool, .kernel = 2}, at::max_pool2d(x, 2)},
           Case{{.kind = Kind::max_pool, .kernel = 3, .stride = 2, .padding = 1},
                at::max_pool2d(x, 3, 2, 1)},
           Case{{.kind = Kind::average_pool, .kernel = 3, .stride = 1}, at::avg_pool2d(x, 3, 1)},
           Case{{.kind = Kind::adaptive_average_pool, .size = 4},
                at::adaptive_avg_pool2d(x, {4, 4})},
           Case{{.kind = Kind::relu}, x.clamp_min(0)},
           Case{{.kind = Kind::leaky_relu, .slope = 0.25}, at::where(x > 0, x, x * 0.25)},
           Case{{.kind = Kind::tanh}, x.tanh()},
           Case{{.kind = Kind::sigmoid}, 1 / (1 + (-x).exp())},
           Case{{.kind = Kind::gelu}, x * 0.5 * (1 + at::erf(x / std::sqrt(2.0)))},
       }) {
    const at::Tensor expected = one.expected.mean({2, 3});
    EXPECT_TRUE(at::allclose(logits_of(*net_of({one.layer})), expected, 1e-5, 1e-6))
        << name_of(one.layer.kind, layer_choices);
  }
}

TEST(Layers, ReluDoesNotChangeItsInputWhereOthersReadIt) {
  const auto net = net_of({{.kind = Kind::residual, .layers = {{.kind = Kind::relu}}}});
  const at::Tensor x = images();
  const at::Tensor before = x.clone();

  const NetOutput output = net->forward(pass_of(*net, true), {x, at::zeros({4}, at::kLong)});

  EXPECT_TRUE(at::equal(x, before));
  EXPECT_TRUE(at::allclose(output.logits, (x + x.relu()).mean({2, 3})));
}

TEST(Layers, GradientOfAResidualIsThatOfItsFormula) {
  const LayerConfig conv{.kind = Kind::conv, .channels = 3, .padding = 1};
  const auto net = net_of({{.kind = Kind::residual,
                            .layers = {{.kind = Kind::sigmoid}, conv, {.kind = Kind::tanh}},
                            .shortcut = {conv, {.kind = Kind::relu}}},
                           {.kind = Kind::relu}});
  const NetPass pass = pass_of(*net, true);
  const auto& w = pass.parameters;
  const at::Tensor x = images();

  const at::Tensor ours = net->forward(pass, {x, at::zeros({4}, at::kLong)}).logits;
  const at::Tensor formula =
      (at::conv2d(x.sigmoid(), w[0], w[1], 1, 1).tanh() + at::conv2d(x, w[2], w[3], 1, 1).relu())
          .relu()
          .mean({2, 3});

  ASSERT_EQ(w.size(), 4U);
  EXPECT_TRUE(at::allclose(ours, formula));
  const auto g = torch::autograd::grad({ours.square().sum()}, w);
  const auto expected = torch::autograd::grad({formula.square().sum()}, w);
  for (std::size_t i = 0; i < w.size(); ++i) EXPECT_TRUE(at::allclose(g[i], expected[i])) << i;
}

TEST(Layers, LayerWithoutBiasHasOneTensor) {
  const auto net = make_layer_net({{.kind = Kind::flatten},
                                   {.kind = Kind::linear, .units = 4, .bias = false},
                                   {.kind = Kind::linear, .name = "last"}},
                                  task);

  ASSERT_EQ(net->layout().tensors().size(), 3U);
  EXPECT_EQ(net->layout().tensors()[0].name, "1.weight");
  EXPECT_EQ(net->layout().tensors()[1].name, "last.weight");
  EXPECT_EQ(net->layout().size(), 4U * 108 + 12 + 3);
  EXPECT_EQ(logits_of(*net).sizes(), (std::vector<std::int64_t>{4, 3}));
}

/// One vector of ones per sample, [100, 1000]; what dropout leaves of it.
struct Dropped {
  explicit Dropped(double p) {
    const std::vector<LayerConfig> layers{{.kind = Kind::dropout, .p = p},
                                          {.kind = Kind::dropout, .p = p}};
    net = make_layer_net(layers, {.columns = 1000, .classes = 1000});
  }
  [[nodiscard]] at::Tensor of(std::uint64_t draws, bool training = true) const {
    const NetBatch batch{.images = at::ones({100, 1, 1, 1000}),
                         .labels = at::zeros({100}, at::kLong),
                         .draws = draws};
    return net->forward({.parameters = {}, .training = training}, batch).logits;
  }
  std::unique_ptr<Net> net;
};

TEST(Dropout, KeepsTheMeanAndTheShareOfItsProbability) {
  const double p = 0.25;
  const at::Tensor y = Dropped(p).of(7);

  // Two independent layers: an entry survives with q = (1 - p)^2, as 1 / q. 5 standard deviations.
  const double q = (1 - p) * (1 - p);
  const double tolerance = 5 * std::sqrt(q * (1 - q) / 100'000);
  EXPECT_NEAR(y.ne(0).to(at::kDouble).mean().item<double>(), q, tolerance);
  EXPECT_NEAR(y.to(at::kDouble).mean().item<double>(), 1, tolerance / q);
  EXPECT_EQ(y.max().item<float>(),
            static_cast<float>(1 / (1 - p)) * static_cast<float>(1 / (1 - p)));
}

TEST(Dropout, IsAFunctionOfItsDraws) {
  const Dropped dropout(0.5);
  EXPECT_TRUE(at::equal(dropout.of(7), dropout.of(7)));
  EXPECT_FALSE(at::equal(dropout.of(7), dropout.of(8)));
  EXPECT_TRUE(at::equal(dropout.of(7, false), at::ones({100, 1000})));  // evaluation drops nothing
  EXPECT_TRUE(at::equal(Dropped(0).of(7), at::ones({100, 1000})));
}

TEST(Dropout, GradientIsThatOfTheSameMaskAtEveryModel) {
  const auto net = make_layer_net({{.kind = Kind::dropout}, {.kind = Kind::linear}},
                                  {.columns = 8, .classes = 3});
  const Vector inputs(8 * 2, 1.0F);
  const std::vector<Label> labels = {0, 2};
  const std::vector<std::int64_t> shape = {1, 1, 8};
  NetBatch batch = net_batch(inputs, labels, shape, Device::cpu);
  batch.draws = 5;
  const Vector theta = net->initial_parameters(1);
  Vector other = theta;
  for (float& x : other) x *= 2;
  Vector at_theta(theta.size()), at_other(theta.size());

  net_gradient(*net, theta, batch, at_theta, nullptr);
  net_gradient(*net, other, batch, at_other, nullptr);

  // An input that the mask zeroes in both samples has no gradient, at either model.
  int zeroed = 0;
  for (std::size_t i = 0; i < 3 * 8; ++i) {
    EXPECT_EQ(at_theta[i] == 0, at_other[i] == 0) << i;
    zeroed += at_theta[i] == 0 ? 1 : 0;
  }
  EXPECT_GT(zeroed, 0);
  EXPECT_LT(zeroed, 3 * 8);
}

}  // namespace
}  // namespace gradwire::learn::layers_test
