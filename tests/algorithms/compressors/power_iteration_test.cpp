// Golden values: tests/reference/low_rank.py.
#include "sim/algorithms/compressors/power_iteration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/orthonormal.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/algorithms/compressors/low_rank_layouts.hpp"
#include "tests/support/fc_784_512_10.hpp"
#include "tests/support/team.hpp"

namespace gradwire::algorithms::power_iteration_test {
namespace {

using namespace testing_support;

AlgorithmConfig powersgd(std::int64_t rank) {
  AlgorithmConfig config{.name = "powersgd"};
  return config.set(rank_parameter, rank);
}

std::vector<Worker> team(const AlgorithmConfig& config, const Layout& layout, std::size_t workers) {
  return std::vector(workers, make_worker(config, layout, static_cast<int>(workers)));
}

std::vector<Vector> normal_gradients(std::size_t workers, std::size_t d, std::uint64_t seed) {
  std::vector<Vector> gradients;
  for (std::size_t m = 0; m < workers; ++m) {
    gradients.push_back(normal_draws(random_key(seed * 1000 + m), d));
  }
  return gradients;
}

Vector mean_of(const std::vector<Vector>& vectors) {
  Vector mean(vectors.front().size(), 0.0F);
  for (const Vector& v : vectors) add_scaled(1.0F / static_cast<float>(vectors.size()), v, mean);
  return mean;
}

double relative_distance(std::span<const float> a, std::span<const float> b) {
  return std::sqrt(squared_distance(a, b) / squared_norm(b));
}

Bits payload_of_iteration(const Exchanged& exchanged) {
  Bits bits;
  for (const auto& messages : exchanged.sent) bits += payload_bits(messages.front());
  return bits;
}

TEST(PowerSgd, PayloadOfAFullyConnectedNetIsTheFormulas) {
  const Layout layout = fc_784_512_10();
  const std::vector<Vector> gradients = normal_gradients(2, layout.size(), 1);
  for (const auto& [rank, bits] : {std::pair(1, 74'880), {2, 133'056}, {4, 249'408}}) {
    auto workers = team(powersgd(rank), layout, 2);
    const Exchanged exchanged = exchange(workers, gradients, 0);

    ASSERT_EQ(exchanged.sent.size(), 3U);
    EXPECT_EQ(payload_of_iteration(exchanged), Bits{bits}) << rank;
    EXPECT_EQ(payload_bits(exchanged.sent[0][0]), Bits{32 * rank * (512 + 10)});
    EXPECT_EQ(payload_bits(exchanged.sent[1][0]), Bits{32 * (512 + 10)});
    // The mean right factor: workers have the left one and the mean vectors.
    EXPECT_EQ(payload_bits(*exchanged.joined), Bits{32 * rank * (784 + 512)});
  }
}

// The paper's megabytes an epoch, with 24 iterations: 4, 8 and 14, of 1,023 without compression.
TEST(PowerSgd, TrafficOfAResNet18IsThePapers) {
  const Layout layout = resnet18();
  ASSERT_EQ(layout.size(), 11'173'962U);
  const Dense zero{Vector(layout.size(), 0.0F)};
  const auto mebibytes_per_epoch = [](Bits bits) {
    return 24 * static_cast<double>(bits.value) / 8 / (1 << 20);
  };
  for (const auto& [rank, mebibytes] : {std::pair(1, 4.205), {2, 7.531}, {4, 14.182}}) {
    PowerIteration compressor(matrices_of(layout, static_cast<std::size_t>(rank)), layout.size());
    std::vector<Message> messages{compressor.compress(zero.values, {})};
    Bits bits = payload_bits(messages[0]);
    for (int e = 1; e < compressor.exchanges(); ++e) {
      messages[0] =
          compressor.compress_next(e, compressor.reduce(e - 1, messages), zero.values, {});
      bits += payload_bits(messages[0]);
    }
    EXPECT_NEAR(mebibytes_per_epoch(bits), mebibytes, 5e-4) << rank;
  }
  EXPECT_NEAR(mebibytes_per_epoch(payload_bits(zero)), 1023.007, 5e-4);
}

TEST(PowerSgd, UploadsHaveTheSizeOfTheirWireFormat) {
  const Layout layout = small_net();
  const AlgorithmConfig config = powersgd(2);
  auto workers = team(config, layout, 2);
  const Exchanged exchanged = exchange(workers, normal_gradients(2, layout.size(), 1), 0);
  const WireFormat format = make_wire_format(config, {}, layout);
  const Message& last = exchanged.sent.back().front();

  const std::vector<std::uint8_t> bytes = format.encode(last);
  EXPECT_EQ(bytes.size(), 4U * 2 * (4 + 6));
  EXPECT_EQ(format.size(last), payload_bits(last));
  EXPECT_EQ(format.decode(bytes, {}, &std::get<LowRank>(last)), last);
  EXPECT_EQ(WireSizes(layout, shape_of(config, layout)).of(exchanged.sent[0][0]).encoded[0],
            Bits{32 * 2 * (6 + 4)});
}

/// A vector whose matrices have rank `rank`, and random entries elsewhere.
Vector of_rank(const Layout& layout, std::size_t rank, std::uint64_t seed) {
  const std::vector<FactoredTensor> tensors = matrices_of(layout, rank);
  const LowRankSizes sizes = sizes_of(tensors, layout.size());
  const LowRank message{.size = static_cast<std::uint32_t>(layout.size()),
                        .tensors = tensors,
                        .left = normal_draws(random_key(seed), sizes.left),
                        .right = normal_draws(random_key(seed + 1), sizes.right),
                        .scales = {},
                        .rest = normal_draws(random_key(seed + 2), sizes.rest),
                        .held = {}};
  return values_of(message, layout.size());
}

TEST(PowerSgd, AMeanOfLowRankIsExact) {
  Layout layout;
  layout.add("wide", {20, 70});
  layout.add("vector", {5});
  layout.add("tall", {60, 3, 3});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    // Each worker's gradient has full rank; their mean has rank 2.
    const Vector mean = of_rank(layout, 2, 10 * seed);
    std::vector<Vector> gradients = normal_gradients(3, layout.size(), seed);
    gradients.emplace_back(layout.size(), 0.0F);
    for (std::size_t m = 0; m < 3; ++m) subtract(gradients[m], gradients[3]);
    for (Vector& gradient : gradients) add_scaled(1.0F, mean, gradient);
    for (const std::int64_t rank : {2, 3, 5}) {
      AlgorithmConfig config{.name = "custom", .compress = "low_rank"};
      auto workers = team(config.set(rank_parameter, rank), layout, 4);
      const auto distance = [&](std::int64_t t) {
        const Exchanged exchanged = exchange(workers, gradients, t);
        return relative_distance(values_of(*exchanged.joined, layout.size()), mean_of(gradients));
      };
      EXPECT_LT(distance(0), 5e-6) << seed << ", " << rank;  // rounding times the condition of M Q
      EXPECT_LT(distance(1), 1e-6) << seed << ", " << rank;
    }
  }
}

TEST(PowerSgd, AllWorkersHoldTheSameFactorsAndKeepWhatTheMeanLeavesOut) {
  const Layout layout = small_net();
  const std::size_t d = layout.size(), workers = 3;
  const AlgorithmConfig config = powersgd(1);
  std::vector<PowerIteration> compressors(workers,
                                          PowerIteration(shape_of(config, layout).tensors, d));
  std::vector<ErrorFeedback> memories(workers, ErrorFeedback(d));
  for (std::int64_t t = 0; t < 10; ++t) {
    const std::vector<Vector> gradients =
        normal_gradients(workers, d, static_cast<std::uint64_t>(t));
    std::vector<Vector> sums;
    std::vector<Message> messages;
    for (std::size_t m = 0; m < workers; ++m) {
      sums.emplace_back(memories[m].error().begin(), memories[m].error().end());
      add_scaled(1.0F, gradients[m], sums[m]);
      messages.push_back(send(memories[m], compressors[m], 1.0, gradients[m], context_of(t, m)));
    }
    for (int e = 1; e < 3; ++e) {
      const Message reduced = compressors[0].reduce(e - 1, messages);
      for (std::size_t m = 0; m < workers; ++m) {
        messages[m] = memories[m].send_next(e, reduced, compressors[m], context_of(t, m));
      }
    }
    const Message joined = *compressors[0].joined(messages);
    const Vector mean = values_of(joined, d);
    for (std::size_t m = 0; m < workers; ++m) {
      EXPECT_EQ(std::get<LowRank>(messages[m]).left, std::get<LowRank>(messages[0]).left);
      memories[m].receive_joined(joined, compressors[m]);
      compressors[m].receive_joined(joined);
      for (std::size_t i = 0; i < d; ++i) {
        const bool is_vector = i >= 24 && i < 27;
        EXPECT_EQ(memories[m].error()[i], is_vector ? 0.0F : sums[m][i] - mean[i]);
      }
    }
  }
}

TEST(PowerSgd, IterationsAreThoseOfTheReference) {
  const Layout layout = small_net();
  auto workers = team(powersgd(2), layout, 3);
  const double golden[3][8] = {
      {-0.2338177, -0.1276271, -0.06731599, 0.01041667, 0.02875454, -0.1199625, -0.1426501,
       0.6551784},
      {-0.1188752, 0.02865654, 0.09132863, 0.1666667, 0.0567328, 0.05162235, -0.07786351,
       0.7175565},
      {0.01594842, 0.06365638, -0.4028845, -0.1041667, 0.169472, 0.03695243, 0.277756, 1.347219}};
  for (std::int64_t t = 0; t < 3; ++t) {
    std::vector<Vector> gradients;
    for (std::size_t m = 0; m < 3; ++m) {
      gradients.push_back(reference_gradient(m, t, layout.size()));
    }
    const Vector joined = values_of(*exchange(workers, gradients, t).joined, layout.size());
    std::size_t next = 0;
    for (const std::size_t i : {0U, 5U, 23U, 25U, 27U, 40U, 50U}) {
      EXPECT_NEAR(joined[i], golden[t][next++], 2e-6) << t << ", " << i;
    }
    EXPECT_NEAR(squared_norm(joined), golden[t][7], 5e-6);
  }
}

TEST(PowerSgd, OfFullRankSendsTheMean) {
  const Layout layout = small_net();
  auto workers = team(powersgd(100), layout, 4);
  for (std::int64_t t = 0; t < 20; ++t) {
    const auto gradients = normal_gradients(4, layout.size(), static_cast<std::uint64_t>(t));
    const Vector joined = values_of(*exchange(workers, gradients, t).joined, layout.size());
    EXPECT_LT(relative_distance(joined, mean_of(gradients)), 1e-5) << t;
  }
}

// A zero gradient leaves no direction; the next one finds new ones.
TEST(PowerSgd, RecoversFromAZeroGradient) {
  const Layout layout = small_net();
  AlgorithmConfig config{.name = "custom", .compress = "low_rank"};
  config.set(rank_parameter, 2);
  auto workers = team(config, layout, 2);
  const std::vector<Vector> zero(2, Vector(layout.size(), 0.0F));
  EXPECT_EQ(squared_norm(values_of(*exchange(workers, zero, 0).joined, layout.size())), 0.0);

  const std::vector<Vector> gradients(2, of_rank(layout, 1, 5));
  double left = 1.0;
  for (std::int64_t t = 1; t < 4; ++t) {
    const Vector joined = values_of(*exchange(workers, gradients, t).joined, layout.size());
    left = relative_distance(joined, gradients[0]);
  }
  EXPECT_LT(left, 1e-5);
}

// The subspace iteration of a constant matrix tends to its best approximation of that rank.
TEST(PowerSgd, WarmStartTendsToTheLargestSingularVectors) {
  Layout layout;
  layout.add("matrix", {4, 4});
  Vector diagonal(16, 0.0F);
  for (std::size_t i = 0; i < 4; ++i) diagonal[5 * i] = static_cast<float>(8 >> i);
  AlgorithmConfig config{.name = "custom", .compress = "low_rank"};
  config.set(rank_parameter, 2);
  auto workers = team(config, layout, 1);
  Vector joined;
  for (std::int64_t t = 0; t < 30; ++t) {
    joined = values_of(*exchange(workers, {diagonal}, t).joined, 16);
  }
  EXPECT_NEAR(squared_distance(joined, diagonal), 4 + 1, 1e-4);
}

TEST(PowerSgd, VectorsAloneAreOneExchange) {
  Layout layout;
  layout.add("vector", {5});
  auto workers = team(powersgd(2), layout, 2);
  ASSERT_EQ(workers[0].exchanges(), 1);
  const auto gradients = normal_gradients(2, 5, 1);
  const Exchanged exchanged = exchange(workers, gradients, 0);
  EXPECT_EQ(payload_of_iteration(exchanged), Bits{5 * 32});
  EXPECT_LT(relative_distance(values_of(*exchanged.joined, 5), mean_of(gradients)), 1e-6);
  EXPECT_TRUE(is_summable(exchanged.sent[0][0]));
}

TEST(PowerSgd, MatricesAloneAreTwoExchanges) {
  Layout layout;
  layout.add("matrix", {3, 4});
  auto workers = team(powersgd(2), layout, 2);
  EXPECT_EQ(workers[0].exchanges(), 2);
  const Exchanged exchanged = exchange(workers, normal_gradients(2, 12, 1), 0);
  EXPECT_EQ(payload_of_iteration(exchanged), Bits{32 * 2 * (3 + 4)});
  EXPECT_TRUE(is_summable(exchanged.sent[1][0]));
}

TEST(PowerSgd, AWorkerThatDoesNotSendIsNotInTheMean) {
  const Layout layout = small_net();
  const PowerIteration compressor(matrices_of(layout, 2), layout.size());
  auto workers = team(powersgd(2), layout, 2);
  const Exchanged exchanged = exchange(workers, normal_gradients(2, layout.size(), 1), 0);
  std::vector<Message> messages = exchanged.sent.back();
  messages[0] = Skip{};
  const auto joined = std::get<LowRank>(*compressor.joined(messages));
  EXPECT_EQ(joined, std::get<LowRank>(messages[1]));
  EXPECT_EQ(compressor.joined(std::vector<Message>(2, Skip{})), std::nullopt);
}

TEST(PowerSgd, ContinuesFromACheckpoint) {
  const Layout layout = small_net();
  auto workers = team(powersgd(2), layout, 2);
  for (std::int64_t t = 0; t < 3; ++t) {
    (void)exchange(workers, normal_gradients(2, layout.size(), static_cast<std::uint64_t>(t)), t);
  }
  std::stringstream file;
  {
    SavingArchive archive(file);
    for (const Worker& worker : workers) worker.save(archive);
  }
  auto loaded = team(powersgd(2), layout, 2);
  LoadingArchive archive(file);
  for (Worker& worker : loaded) worker.load(archive);

  const auto gradients = normal_gradients(2, layout.size(), 9);
  EXPECT_EQ(exchange(loaded, gradients, 3).joined, exchange(workers, gradients, 3).joined);
}

TEST(PowerSgd, ALostLastMessageStaysInTheMemory) {
  const Layout layout = small_net();
  const std::size_t d = layout.size();
  PowerIteration compressor(matrices_of(layout, 2), d);
  ErrorFeedback memory(d);
  const Vector g = normal_draws(random_key(1), d);
  std::vector<Message> messages{send(memory, compressor, 1.0, g, context_of(0, 0))};
  for (int e = 1; e < 3; ++e) {
    messages[0] =
        memory.send_next(e, compressor.reduce(e - 1, messages), compressor, context_of(0, 0));
  }
  memory.rollback(messages[0]);
  EXPECT_TRUE(std::ranges::equal(memory.error(), g));
}

TEST(PowerSgd, NeedsAllWorkers) {
  AlgorithmConfig config{.name = "custom", .send = "lasg", .compress = "low_rank"};
  EXPECT_THAT(incompatibility(config), testing::HasSubstr("joins the messages of all workers"));
  config.send = "always";
  EXPECT_EQ(incompatibility(config), "");
  EXPECT_EQ(incompatibility(AlgorithmConfig{.name = "powersgd"}), "");
}

}  // namespace
}  // namespace gradwire::algorithms::power_iteration_test
