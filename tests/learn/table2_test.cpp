// SASG's Table II (arXiv 2112.04088): sizes of the uploads of the paper's models.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/core/random.hpp"
#include "sim/learn/mlp/mlp.hpp"
#include "sim/learn/nets/layer_net.hpp"
#include "sim/learn/nets/shipped_layers.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::learn::table2_test {
namespace {

struct Row {
  std::string method;
  std::int64_t rounds;         ///< as published
  std::string published_bits;  ///< as printed, three digits
};

/// Payload of a worker's upload under this method, for a gradient without zeros.
Bits upload(const std::string& method, const Layout& layout) {
  const algorithms::AlgorithmConfig config{.name = method};
  algorithms::Worker worker = make_worker(config, layout, 10);
  Vector gradient(layout.size());
  RandomStream random = stream(1, "gradient");
  for (float& g : gradient) g = static_cast<float>(random.normal());
  testing_support::FixedGradient oracle(std::move(gradient));
  return payload_bits(worker.step(oracle.model(), algorithms::StepSize::same(0.01), oracle, {}));
}

std::string three_digits(double x) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.2e", x);
  return text.data();
}

void expect_bits(const Layout& layout, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::int64_t bits = row.rounds * upload(row.method, layout).value;
    EXPECT_EQ(three_digits(static_cast<double>(bits)), row.published_bits) << row.method;
  }
}

TEST(Table2, BitsOfFcMnist) {
  expect_bits(Mlp(784, {512}, 10).layout(), {{"sgd", 60'400, "7.87e+11"},
                                             {"sparse", 67'400, "8.78e+09"},
                                             {"lasg", 33'853, "4.41e+11"},
                                             {"sasg", 22'823, "2.97e+09"}});
}

TEST(Table2, BitsOfResnet18OnCifar10) {
  const auto net = make_layer_net(resnet18_layers(64),
                                  {.channels = 3, .rows = 32, .columns = 32, .classes = 10});
  expect_bits(net->layout(), {{"sgd", 111'200, "3.98e+13"},
                              {"sparse", 109'800, "3.93e+11"},
                              {"lasg", 107'389, "3.84e+13"},
                              {"sasg", 90'846, "3.25e+11"}});
}

TEST(Table2, BitsOfResnet18OnCifar100) {
  const auto net = make_layer_net(resnet18_layers(64),
                                  {.channels = 3, .rows = 32, .columns = 32, .classes = 100});
  expect_bits(net->layout(), {{"sgd", 152'000, "5.46e+13"},
                              {"sparse", 152'800, "5.49e+11"},
                              {"lasg", 145'971, "5.24e+13"},
                              {"sasg", 137'937, "4.95e+11"}});
}

}  // namespace
}  // namespace gradwire::learn::table2_test
