#include "sim/learn/mlp/mlp.hpp"

#include <cmath>
#include <numeric>

#include "sim/core/random.hpp"
#include "sim/learn/blas.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::mlp_test {
namespace {

template <class Real>
std::vector<Real> normals(std::size_t n, std::string_view purpose, double scale = 1.0) {
  std::vector<Real> values(n);
  RandomStream random = stream(11, purpose);
  for (Real& x : values) x = static_cast<Real>(scale * random.normal());
  return values;
}

/// Passes of one minibatch at any theta, in either precision.
struct Minibatch {
  Minibatch(const Mlp& mlp, std::size_t samples) : net(mlp), labels(samples) {
    use_one_thread_per_gradient();
    inputs = normals<float>(samples * net.inputs(), "inputs");
    for (std::size_t i = 0; i < samples; ++i) labels[i] = static_cast<Label>(i % 3);
    wide_inputs.assign(inputs.begin(), inputs.end());
  }
  Pass<float> at(std::span<const float> theta) const {
    Pass<float> pass;
    pass_through<float>(net, theta, inputs, labels, pass);
    return pass;
  }
  Pass<double> at(std::span<const double> theta) const {
    Pass<double> pass;
    pass_through<double>(net, theta, wide_inputs, labels, pass);
    return pass;
  }
  template <class Real>
  std::vector<Real> gradient(const Pass<Real>& pass) const {
    std::vector<Real> g(net.layout().size());
    learn::gradient<Real>(net, pass, all(), g);
    return g;
  }
  Rows all() const { return {0, labels.size()}; }

  const Mlp& net;
  std::vector<float> inputs;
  std::vector<double> wide_inputs;
  std::vector<Label> labels;
};

std::vector<double> widened(std::span<const float> v) { return {v.begin(), v.end()}; }

double squared_difference(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// theta moved by `step` times a random direction.
std::vector<float> moved(std::span<const float> theta, double step) {
  std::vector<float> result(theta.begin(), theta.end());
  const auto direction = normals<float>(theta.size(), "direction", step);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += direction[i];
  return result;
}

TEST(Mlp, LayoutIsThatOfPyTorchsSequential) {
  const Layout layout = Mlp(784, {512}, 10).layout();

  Layout expected;
  expected.add("0.weight", {512, 784});
  expected.add("0.bias", {512});
  expected.add("2.weight", {10, 512});
  expected.add("2.bias", {10});
  EXPECT_EQ(layout, expected);
  EXPECT_EQ(layout.size(), 407050U);
}

TEST(Mlp, InitialParametersAreUniformWithinOneOverRootFanIn) {
  const Mlp net(784, {512}, 10);

  const Vector theta = net.initial_parameters(1);

  for (const TensorSlot& tensor : net.layout().tensors()) {
    const double bound = 1.0 / std::sqrt(tensor.name[0] == '0' ? 784.0 : 512.0);
    double sum = 0.0;
    double squares = 0.0;
    for (const double x : std::span(theta).subspan(tensor.offset, tensor.size)) {
      EXPECT_LE(std::abs(x), bound);
      sum += x / bound;
      squares += x * x / (bound * bound);
    }
    const auto n = static_cast<double>(tensor.size);
    EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(3.0 * n));            // five standard errors
    EXPECT_NEAR(squares / n, 1.0 / 3.0, 5.0 * 0.3 / std::sqrt(n));  // variance of x^2: 4/45
  }
  EXPECT_EQ(net.initial_parameters(1), theta);
  EXPECT_NE(net.initial_parameters(2), theta);
}

TEST(Mlp, WithoutHiddenLayersIsLogisticRegression) {
  // Two inputs, two classes; W = [[1, 0], [0, 2]], b = [0, 1]; x = (1, 1): logits 1 and 3.
  const Mlp net(2, {}, 2);
  const std::vector<double> theta = {1, 0, 0, 2, 0, 1};
  const std::vector<double> x = {1, 1};
  const std::vector<Label> labels = {0};
  Pass<double> pass;
  std::vector<double> g(6);

  pass_through<double>(net, theta, x, labels, pass);
  gradient<double>(net, pass, {0, 1}, g);

  const double p = 1.0 / (1.0 + std::exp(2.0));  // of class 0
  EXPECT_NEAR(pass.statistics({0, 1}).loss, -std::log(p), 1e-14);
  EXPECT_EQ(pass.statistics({0, 1}).correct, 0);
  const std::vector<double> expected = {p - 1, p - 1, 1 - p, 1 - p, p - 1, 1 - p};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(g[i], expected[i], 1e-14);
}

TEST(Mlp, GradientIsThatOfFiniteDifferences) {
  const Mlp net(4, {6, 5}, 3);
  const Minibatch batch(net, 7);
  const auto theta = widened(net.initial_parameters(3));
  const auto g = batch.gradient(batch.at(theta));
  const auto mean_loss = [&](std::size_t i, double step) {
    auto there = theta;
    there[i] += step;
    return batch.at(there).statistics(batch.all()).loss / 7.0;
  };

  for (std::size_t i = 0; i < theta.size(); ++i) {
    // Central differences: error of order h^2 from the third derivative, 1e-16/h from rounding. A
    // kink of ReLU within h of theta would add to it; this seed has none.
    const double h = 1e-5;
    EXPECT_NEAR(g[i], (mean_loss(i, h) - mean_loss(i, -h)) / (2.0 * h), 1e-9) << "parameter " << i;
  }
}

TEST(Mlp, SinglePrecisionFollowsDoublePrecision) {
  const Mlp net(784, {512}, 10);
  const Minibatch batch(net, 10);
  const Vector theta = net.initial_parameters(1);

  const auto narrow = widened(batch.gradient(batch.at(std::span<const float>(theta))));
  const auto wide = batch.gradient(batch.at(widened(theta)));

  // Sums of 784 products, each rounded to 6e-8: about sqrt(784) times that, relative to the norm.
  const double norm = std::sqrt(std::inner_product(wide.begin(), wide.end(), wide.begin(), 0.0));
  EXPECT_LT(std::sqrt(squared_difference(narrow, wide)), 2e-6 * norm);
}

TEST(Mlp, GradientsOfRowsSumToThatOfAllRows) {
  const Mlp net(5, {8}, 3);
  const Minibatch batch(net, 6);
  const auto pass = batch.at(widened(net.initial_parameters(1)));
  std::vector<double> first(net.layout().size());
  std::vector<double> second(net.layout().size());

  gradient<double>(net, pass, {0, 2}, first);
  gradient<double>(net, pass, {2, 4}, second);

  const auto whole = batch.gradient(pass);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(first[i] + second[i], whole[i], 1e-15);
}

/// Parameters: the hidden layers of the net, and the step between the two models.
class SquaredDistance
    : public testing::TestWithParam<std::pair<std::vector<std::int64_t>, double>> {};

TEST_P(SquaredDistance, IsThatOfTheTwoGradientsInDoublePrecision) {
  const auto& [hidden, step] = GetParam();
  const Mlp net(50, hidden, 4);
  const Minibatch batch(net, 10);
  const Vector theta = net.initial_parameters(5);
  const auto a = batch.at(widened(theta));
  const auto b = batch.at(widened(moved(theta, step)));

  const double fast = net.squared_distance(a, batch.all(), b, batch.all());

  // Both sides in double precision throughout. The reference subtracts gradients of order 0.1, each
  // accurate to 1e-16: the relative error of the difference is 1e-16 * 0.1 / (0.1 step), that of
  // the squared sum twice as large.
  const double direct = squared_difference(batch.gradient(a), batch.gradient(b));
  EXPECT_NEAR(fast, direct, direct * (1e-12 + 1e-14 / step));
}

TEST_P(SquaredDistance, OfFloatPassesIsRightToTheirRounding) {
  const auto& [hidden, step] = GetParam();
  const Mlp net(50, hidden, 4);
  const Minibatch batch(net, 10);
  const Vector theta = net.initial_parameters(5);
  const auto other = moved(theta, step);
  const auto a = batch.at(std::span<const float>(theta));
  const auto b = batch.at(std::span<const float>(other));

  const double fast = net.squared_distance(a, batch.all(), b, batch.all());

  // Deltas are accurate to about 1e-7 of their size, their difference (of relative size `step`) to
  // 1e-7 / step of its own size.
  const double exact = squared_difference(batch.gradient(batch.at(widened(theta))),
                                          batch.gradient(batch.at(widened(other))));
  EXPECT_NEAR(fast, exact, exact * (1e-5 + 1e-6 / step));
}

TEST_P(SquaredDistance, IsZeroForEqualModelsAndSymmetric) {
  const auto& [hidden, step] = GetParam();
  const Mlp net(50, hidden, 4);
  const Minibatch batch(net, 10);
  const Vector theta = net.initial_parameters(5);
  const auto a = batch.at(std::span<const float>(theta));
  const auto b = batch.at(std::span<const float>(moved(theta, step)));

  const double there = net.squared_distance(a, batch.all(), b, batch.all());

  EXPECT_EQ(net.squared_distance(a, batch.all(), a, batch.all()), 0.0);
  EXPECT_NEAR(net.squared_distance(b, batch.all(), a, batch.all()), there, 1e-10 * there);
}

using Hidden = std::vector<std::int64_t>;
INSTANTIATE_TEST_SUITE_P(DepthsAndSteps, SquaredDistance,
                         testing::Values(std::pair{Hidden{}, 0.1}, std::pair{Hidden{40}, 1.0},
                                         std::pair{Hidden{40}, 1e-2}, std::pair{Hidden{40}, 1e-4},
                                         std::pair{Hidden{40}, 1e-5},
                                         std::pair{Hidden{30, 20}, 1e-1},
                                         std::pair{Hidden{30, 20}, 1e-3}));

TEST(Mlp, NotANumberComesThroughReluAndLoss) {
  const Mlp net(3, {4}, 3);
  const Minibatch batch(net, 3);
  auto theta = widened(net.initial_parameters(1));
  theta[0] = std::nan("");

  const auto pass = batch.at(theta);

  EXPECT_TRUE(std::isnan(pass.statistics(batch.all()).loss));
}

TEST(Mlp, LossOfHugeLogitsIsFinite) {
  const Mlp net(1, {}, 2);
  const std::vector<double> theta = {1e4, -1e4, 0, 0};
  const std::vector<double> x = {1};
  const std::vector<Label> labels = {1};
  Pass<double> pass;

  pass_through<double>(net, theta, x, labels, pass);

  EXPECT_DOUBLE_EQ(pass.statistics({0, 1}).loss, 2e4);
}

TEST(Blas, SaysItsName) { EXPECT_NE(blas_name(), ""); }

}  // namespace
}  // namespace gradwire::learn::mlp_test
