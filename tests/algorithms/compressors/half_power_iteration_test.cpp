// Golden values: tests/reference/low_rank.py.
#include "sim/algorithms/compressors/half_power_iteration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <vector>

#include "sim/algorithms/compressors/orthonormal.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/algorithms/compressors/low_rank_layouts.hpp"
#include "tests/support/fc_784_512_10.hpp"
#include "tests/support/team.hpp"

namespace gradwire::algorithms::half_power_iteration_test {
namespace {

using namespace testing_support;

AlgorithmConfig package(std::int64_t rank, std::int64_t dense_steps) {
  AlgorithmConfig config{.name = "powersgd"};
  config.set(rank_parameter, rank);
  config.values["variant"] = std::string("package");
  config.values["dense_steps"] = dense_steps;
  return config;
}

std::vector<Worker> team(const AlgorithmConfig& config, const Layout& layout, std::size_t workers) {
  return std::vector(workers, make_worker(config, layout, static_cast<int>(workers)));
}

std::vector<Vector> reference_gradients(std::size_t workers, std::int64_t t, std::size_t d) {
  std::vector<Vector> gradients;
  for (std::size_t m = 0; m < workers; ++m) gradients.push_back(reference_gradient(m, t, d));
  return gradients;
}

TEST(HalfPowerIteration, IterationsAreThoseOfTheReference) {
  const Layout layout = small_net();
  auto workers = team(package(1, 1), layout, 3);
  const double golden[4][8] = {
      {-0.28125, -0.05208333, -0.1666667, 0.01041667, 0.1875, -0.15625, -0.125, 1.041016},
      {-0.0001952767, 0.02121994, -0.05698521, 0.1666667, -0.03398174, -0.003580716, 0.004449695,
       0.220042},
      {-0.001520981, 0.08801304, -0.1525371, -0.1041667, -0.01695627, -0.0009564502, 0.113025,
       0.3496358},
      {0.1575925, -0.03024948, -0.1840637, 0.05208333, -0.00186626, -0.01068645, -0.1449719,
       0.5962013}};
  for (std::int64_t t = 0; t < 4; ++t) {
    const Exchanged exchanged = exchange(workers, reference_gradients(3, t, layout.size()), t);
    ASSERT_EQ(exchanged.sent.size(), 1U);
    const Vector joined = values_of(*exchanged.joined, layout.size());
    std::size_t next = 0;
    for (const std::size_t i : {0U, 5U, 23U, 25U, 27U, 40U, 50U}) {
      EXPECT_NEAR(joined[i], golden[t][next++], 2e-6) << t << ", " << i;
    }
    EXPECT_NEAR(squared_norm(joined), golden[t][7], 5e-6);
  }
}

TEST(HalfPowerIteration, SendsOneSideAfterTheOther) {
  const Layout layout = fc_784_512_10();
  const AlgorithmConfig config = package(2, 1);
  auto workers = team(config, layout, 2);
  const auto sent = [&](std::int64_t t) {
    const Exchanged exchanged = exchange(workers, reference_gradients(2, t, layout.size()), t);
    EXPECT_TRUE(is_summable(exchanged.sent[0][0]));
    EXPECT_EQ(payload_bits(*exchanged.joined), payload_bits(exchanged.sent[0][0]));
    return payload_bits(exchanged.sent[0][0]);
  };
  EXPECT_EQ(sent(0), Bits{13'025'600});
  EXPECT_EQ(sent(1), Bits{32 * (2 * (784 + 512) + 522)});
  EXPECT_EQ(sent(2), Bits{32 * (2 * (512 + 10) + 522)});
  EXPECT_EQ(sent(3), sent(5));
}

TEST(HalfPowerIteration, UploadsOfTheRightSideFollowTheWireFormat) {
  const Layout layout = small_net();
  const AlgorithmConfig config = package(1, 0);
  auto workers = team(config, layout, 2);
  const Message sent = exchange(workers, reference_gradients(2, 0, layout.size()), 0).sent[0][0];
  const WireFormat format = make_wire_format(config, {}, layout);
  const std::vector<std::uint8_t> bytes = format.encode(sent);
  EXPECT_EQ(bytes.size(), 4U * (4 + 6 + 3));
  EXPECT_EQ(format.decode(bytes, {}, &std::get<LowRank>(sent)), sent);
}

TEST(HalfPowerIteration, MemoryKeepsWhatTheOwnFactorLeavesOut) {
  const Layout layout = small_net();
  const std::size_t d = layout.size();
  HalfPowerIteration compressor(matrices_of(layout, 1), 0);
  ErrorFeedback memory(d);
  for (std::int64_t t = 0; t < 6; ++t) {
    const Vector g = normal_draws(random_key(static_cast<std::uint64_t>(t)), d);
    Vector rest(memory.error().begin(), memory.error().end());
    add_scaled(1.0F, g, rest);
    const Message q = send(memory, compressor, 1.0, g, context_of(t, 0));
    subtract_from(q, rest);
    EXPECT_TRUE(std::ranges::equal(memory.error(), rest));
    for (std::size_t i = 24; i < 27; ++i) EXPECT_EQ(rest[i], 0.0F);  // sent whole
    compressor.receive_joined(q);
  }
}

TEST(HalfPowerIteration, TensorsThatHardlyShrinkAreSentWhole) {
  // An iteration sends r (n + m) / 2 on average.
  EXPECT_TRUE(HalfPowerIteration::shrinks_too_little({0, 4, 4, 2}));    // 16 entries, 8 sent
  EXPECT_FALSE(HalfPowerIteration::shrinks_too_little({0, 4, 5, 2}));   // 20, 9
  EXPECT_FALSE(HalfPowerIteration::shrinks_too_little({0, 4, 4, 1}));   // 16, 4
  EXPECT_TRUE(HalfPowerIteration::shrinks_too_little({0, 1, 100, 1}));  // 100, 50.5
  Layout layout;
  layout.add("small", {4, 4});
  layout.add("large", {40, 40});
  const std::vector<FactoredTensor> factored = shape_of(package(2, 0), layout).tensors;
  ASSERT_EQ(factored.size(), 1U);
  EXPECT_EQ(factored[0].offset, 16U);
}

TEST(HalfPowerIteration, OfNoMatrixIsSgd) {
  Layout layout;
  layout.add("vector", {5});
  auto workers = team(package(2, 0), layout, 1);
  const std::vector<Vector> gradients = reference_gradients(1, 0, 5);
  const Exchanged exchanged = exchange(workers, gradients, 0);
  EXPECT_EQ(exchanged.sent[0][0], Message(Dense{gradients[0]}));
  EXPECT_EQ(exchanged.joined, Message(Dense{gradients[0]}));
}

TEST(HalfPowerIteration, ConvergesToAConstantMatrixOfItsRank) {
  const Layout layout = small_net();
  Vector v(layout.size(), 0.0F);
  for (std::size_t i = 0; i < 24; ++i) {
    v[i] = static_cast<float>((i / 4 + 1) * (i % 4 + 1));
    v[27 + i] = static_cast<float>((i / 6 + 2) * (i % 6 + 1));
  }
  AlgorithmConfig config = package(1, 0);
  config.name = "custom";
  config.compress = "low_rank";
  auto workers = team(config, layout, 1);
  Vector joined;
  for (std::int64_t t = 0; t < 3; ++t) {
    joined = values_of(*exchange(workers, {v}, t).joined, layout.size());
  }
  EXPECT_LT(std::sqrt(squared_distance(joined, v) / squared_norm(v)), 1e-6);
}

TEST(HalfPowerIteration, ContinuesFromACheckpoint) {
  const Layout layout = small_net();
  auto workers = team(package(1, 1), layout, 2);
  for (std::int64_t t = 0; t < 3; ++t) {
    (void)exchange(workers, reference_gradients(2, t, layout.size()), t);
  }
  std::stringstream file;
  {
    SavingArchive archive(file);
    for (const Worker& worker : workers) worker.save(archive);
  }
  auto loaded = team(package(1, 1), layout, 2);
  LoadingArchive archive(file);
  for (Worker& worker : loaded) worker.load(archive);

  const auto gradients = reference_gradients(2, 3, layout.size());
  EXPECT_EQ(exchange(loaded, gradients, 3).joined, exchange(workers, gradients, 3).joined);
}

}  // namespace
}  // namespace gradwire::algorithms::half_power_iteration_test
