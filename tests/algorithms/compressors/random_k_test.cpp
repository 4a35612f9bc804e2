#include "sim/algorithms/compressors/random_k.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::random_k_test {
namespace {

const std::vector<Block> blocks{{0, 300, 30}, {300, 40, 4}};

Vector normal_vector(std::size_t d) {
  RandomStream random = stream(1, "random_k");
  Vector v(d);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

StepContext step_of(std::uint64_t iteration) { return {.random = random_key(iteration)}; }

TEST(RandomK, SendsTheEntriesOfAscendingPositionsInEachBlock) {
  const Vector v = normal_vector(340);
  RandomK compressor(blocks, false);

  const auto sparse = std::get<Sparse>(compressor.compress(v, step_of(1)));

  ASSERT_EQ(sparse.indices.size(), 34U);
  EXPECT_TRUE(std::ranges::is_sorted(sparse.indices, std::ranges::less_equal{}));
  EXPECT_EQ(std::ranges::count_if(sparse.indices, [](std::uint32_t i) { return i < 300; }), 30);
  for (std::size_t i = 0; i < 34; ++i) EXPECT_EQ(sparse.values[i], v[sparse.indices[i]]);
}

TEST(RandomK, DrawsAnewInEachIterationAndTheSameForTheSameKey) {
  const Vector v = normal_vector(340);
  RandomK compressor(blocks, false);
  const Message first = compressor.compress(v, step_of(1));

  EXPECT_NE(compressor.compress(v, step_of(2)), first);
  EXPECT_EQ(compressor.compress(v, step_of(1)), first);
}

TEST(RandomK, OfCommonPositionsDrawsTheSameAtAllWorkers) {
  const Vector v = normal_vector(340);
  RandomK compressor(blocks, false, {}, true);
  const auto positions = [&](std::uint64_t own, std::uint64_t shared) {
    const StepContext step{.random = random_key(own), .shared = random_key(shared)};
    return std::get<Sparse>(compressor.compress(v, step)).indices;
  };

  EXPECT_EQ(positions(1, 7), positions(2, 7));
  EXPECT_NE(positions(1, 7), positions(1, 8));
}

TEST(RandomK, OfCommonPositionsMayBeSummedUnlessWorkersSkip) {
  AlgorithmConfig config{.name = "random_k"};
  EXPECT_FALSE(sends_common_positions(config));
  config.set(*std::get<const ChoiceParameter*>(random_k_kind.parameters[5]), "common");
  EXPECT_TRUE(sends_common_positions(config));
  EXPECT_FALSE(sends_common_positions(config, ValueFormat::float16));
  config.set(kept_values_parameter, "signs");
  EXPECT_FALSE(sends_common_positions(config));
}

// Per block of d entries, k of which are sent: E||v - C||^2 = (1 - k/d) ||v||^2, here 0.9 in both.
TEST(RandomK, LeavesTheShareOfTheSquaredNormThatItDoesNotSend) {
  const Vector v = normal_vector(340);
  RandomK compressor(blocks, false);
  constexpr int draws = 20'000;
  double mean = 0.0;
  for (std::uint64_t t = 0; t < draws; ++t) {
    Vector rest = v;
    subtract_from(compressor.compress(v, step_of(t)), rest);
    mean += squared_norm(rest) / draws;
  }

  EXPECT_NEAR(mean / squared_norm(v), 0.9, 0.001);  // five standard errors
}

TEST(RandomK, ScaledIsUnbiasedWithTheVarianceOfTheory) {
  const Vector v = normal_vector(340);
  RandomK compressor(blocks, true);
  constexpr int draws = 40'000;
  std::vector<double> mean(v.size());
  double error = 0.0;
  for (std::uint64_t t = 0; t < draws; ++t) {
    Vector q(v.size(), 0.0F);
    add_to(compressor.compress(v, step_of(t)), q);
    for (std::size_t i = 0; i < v.size(); ++i) mean[i] += static_cast<double>(q[i]) / draws;
    error += squared_distance(v, q) / draws;
  }

  // The standard deviation of one entry is 3 |v_i|; of the mean, 3 |v_i| / 200.
  for (std::size_t i = 0; i < v.size(); ++i) EXPECT_NEAR(mean[i], v[i], 0.08 * std::abs(v[i]));
  EXPECT_NEAR(error / squared_norm(v), 10 - 1, 0.1);  // d/k - 1
}

TEST(RandomK, WithErrorMemoryLosesNothing) {
  RandomK compressor(blocks, false);
  ErrorFeedback memory(340);
  Vector total(340, 0.0F);
  for (std::uint64_t t = 0; t < 20; ++t) {
    const Vector g = normal_vector(340);
    Vector p(memory.error().begin(), memory.error().end());
    add_scaled(0.5F, g, p);
    const Message q = testing_support::send(memory, compressor, 0.5, g, step_of(t));
    Vector sum(memory.error().begin(), memory.error().end());
    add_to(q, sum);
    EXPECT_EQ(sum, p);  // where it only selects, to the bit
  }
}

TEST(RandomKKind, RefusesToScaleUpBesideAnErrorMemory) {
  const auto& scaling = std::get<const ChoiceParameter*>(random_k_kind.parameters[2]);
  AlgorithmConfig config{.name = "random_k"};
  EXPECT_EQ(incompatibility(config), "");
  config.set(*scaling, "unbiased");
  EXPECT_THAT(incompatibility(config), testing::HasSubstr("multiplies by d/k"));

  config.name = "custom";
  config.compress = "random_k";
  EXPECT_EQ(incompatibility(config), "") << "without memory";
}

TEST(RandomKKind, PositionsThatBothEndsDrawCostNothing) {
  Layout layout;
  layout.add("weight", {407050});
  AlgorithmConfig config{.name = "random_k"};
  const WireFormat format = make_wire_format(config, {.index = IndexCoding::seed}, layout);
  const MessageShape shape = shape_of(config, layout);
  const Vector v = normal_vector(407050);
  const Message message = RandomK(shape.blocks, false).compress(v, step_of(1));

  EXPECT_EQ(format.size(message), Bits{32 * 4070});
  const auto& indices = std::get<Sparse>(message).indices;
  EXPECT_EQ(format.decode(format.encode(message), indices), message);
}

}  // namespace
}  // namespace gradwire::algorithms::random_k_test
