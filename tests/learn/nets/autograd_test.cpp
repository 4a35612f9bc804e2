// Compares Mlp with the same net of LibTorch modules, differentiated by autograd.
#include <torch/nn.h>

#include "sim/core/random.hpp"
#include "sim/learn/mlp/mlp.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::autograd_test {
namespace {

template <class Real>
struct Case {
  Case() {
    RandomStream random = stream(2, "inputs");
    for (Real& x : inputs) x = static_cast<Real>(random.normal());
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<Label>(i % 10);
    const Vector initial = net.initial_parameters(1);
    theta.assign(initial.begin(), initial.end());
  }

  static constexpr std::int64_t samples = 10;
  Mlp net{784, {64, 32}, 10};
  std::vector<Real> inputs = std::vector<Real>(784 * samples);
  std::vector<Label> labels = std::vector<Label>(samples);
  std::vector<Real> theta;
};

torch::nn::Sequential equivalent_module() {
  return torch::nn::Sequential(torch::nn::Linear(784, 64), torch::nn::ReLU(),
                               torch::nn::Linear(64, 32), torch::nn::ReLU(),
                               torch::nn::Linear(32, 10));
}

/// Loss, and the concatenated gradients of all parameters.
template <class Real>
std::pair<double, std::vector<Real>> by_autograd(const Case<Real>& c) {
  constexpr auto type = c10::CppTypeToScalarType<Real>::value;
  auto module = equivalent_module();
  module->to(type);
  std::size_t offset = 0;
  for (auto& parameter : module->parameters()) {
    const torch::NoGradGuard guard;
    parameter.copy_(
        torch::from_blob(const_cast<Real*>(c.theta.data()) + offset, parameter.sizes(), type));
    offset += static_cast<std::size_t>(parameter.numel());
  }
  const auto x = torch::from_blob(const_cast<Real*>(c.inputs.data()), {c.samples, 784}, type);
  const auto y = torch::from_blob(const_cast<Label*>(c.labels.data()), {c.samples}, torch::kInt)
                     .to(torch::kLong);
  const auto loss = torch::nn::functional::cross_entropy(module->forward(x), y);
  loss.backward();

  std::vector<Real> gradient;
  for (const auto& parameter : module->parameters()) {
    const auto g = parameter.grad().contiguous();
    gradient.insert(gradient.end(), g.template data_ptr<Real>(),
                    g.template data_ptr<Real>() + g.numel());
  }
  return {loss.template item<double>(), gradient};
}

template <class Real>
void expect_equal_to_autograd(double tolerance) {
  const Case<Real> c;
  Pass<Real> pass;
  std::vector<Real> g(c.net.layout().size());

  pass_through<Real>(c.net, c.theta, c.inputs, c.labels, pass);
  gradient<Real>(c.net, pass, {0, c.labels.size()}, g);

  const auto [loss, expected] = by_autograd(c);
  EXPECT_NEAR(pass.statistics({0, c.labels.size()}).loss / c.samples, loss, tolerance);
  ASSERT_EQ(g.size(), expected.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(g[i]) - expected[i]));
  }
  EXPECT_LT(largest, tolerance);
}

TEST(Autograd, GivesTheSameGradientInDoublePrecision) {
  expect_equal_to_autograd<double>(1e-14);  // elements are at most 0.3; sums of up to 784 terms
}

TEST(Autograd, GivesTheSameGradientInSinglePrecision) {
  expect_equal_to_autograd<float>(1e-6);  // the same, with 6e-8 for 1e-16
}

TEST(Products, AreThoseOfLibTorchInDoublePrecision) {
  const torch::NoGradGuard guard;
  const auto type = torch::kDouble;
  const auto values = [](const torch::Tensor& tensor) {
    const auto flat = tensor.contiguous();
    return std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  };
  const auto expect_near = [&](const std::vector<double>& ours, const torch::Tensor& theirs) {
    const auto expected = values(theirs);
    ASSERT_EQ(ours.size(), expected.size());
    // Up to 784 products of numbers of order 1, each rounded to 1e-16 of a sum of order 30.
    for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], expected[i], 1e-12);
  };
  for (const std::int64_t rows : {1, 10, 37}) {
    const auto x = torch::randn({rows, 784}, type);
    const auto w = torch::randn({65, 784}, type);
    const auto bias = torch::randn({65}, type);
    const auto deltas = torch::randn({rows, 65}, type);
    Panels<double> panels;
    panels.pack(values(w), 784);
    std::vector<double> outputs(static_cast<std::size_t>(rows * 65));
    std::vector<double> below(static_cast<std::size_t>(rows * 784));
    std::vector<double> weights(65 * 784);

    affine<double>(values(x), panels, values(bias), Activation::relu, outputs);
    product<double>(values(deltas), values(w), 65, below);
    transposed_product<double>(values(deltas), values(x), static_cast<std::size_t>(rows), 0.5,
                               Into::replace, 0, weights);

    expect_near(outputs, torch::relu(torch::addmm(bias, x, w.t())));
    expect_near(below, torch::mm(deltas, w));
    expect_near(weights, 0.5 * torch::mm(deltas.t(), x));
  }
}

TEST(Autograd, ModuleNamesItsTensorsAsTheLayoutDoes) {
  const Mlp net(784, {64, 32}, 10);
  auto module = equivalent_module();

  const auto parameters = module->named_parameters();

  ASSERT_EQ(parameters.size(), net.layout().tensors().size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const TensorSlot& slot = net.layout().tensors()[i];
    EXPECT_EQ(parameters[i].key(), slot.name);
    EXPECT_EQ(parameters[i].value().sizes().vec(), slot.shape);
  }
}

}  // namespace
}  // namespace gradwire::learn::autograd_test
