#include "sim/algorithms/compressors/ternary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/quantise.hpp"
#include "tests/support/fc_784_512_10.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::ternary_test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

StepContext step_of(std::uint64_t iteration, int worker = 0) {
  return {.worker = worker,
          .random = random_key(
              stream_hash(1, "ternary test", static_cast<std::uint64_t>(worker), iteration))};
}

std::vector<Block> one_bucket(std::size_t d) { return {{0, d, d}}; }

/// The messages of the last exchange of some workers.   vectors: [M]; empty: the worker skips
std::vector<Message> exchanged(const Ternary& compressor, const std::vector<Vector>& vectors,
                               std::uint64_t iteration) {
  std::vector<Ternary> workers(vectors.size(), compressor);
  std::vector<Message> messages;
  for (std::size_t m = 0; m < workers.size(); ++m) {
    const StepContext step = step_of(iteration, static_cast<int>(m));
    messages.push_back(vectors[m].empty() ? Message(Skip{})
                                          : workers[m].compress(vectors[m], step));
  }
  const Message shared = compressor.reduce(0, messages);
  for (std::size_t m = 0; m < workers.size(); ++m) {
    if (vectors[m].empty()) continue;
    messages[m] =
        workers[m].compress_next(1, shared, vectors[m], step_of(iteration, static_cast<int>(m)));
  }
  return messages;
}

Vector decoded(const Message& message, std::size_t d) {
  Vector v(d, 0.0F);
  add_to(message, v);
  return v;
}

// E C(v) = v, and E||C(v)||^2 = s ||v||_1, where s is max |v| of all workers.
TEST(Ternary, MomentsAreThoseOfTheDefinition) {
  constexpr std::size_t d = 60;
  constexpr int draws = 10'000;
  const Ternary ternary(one_bucket(d), 0.0);
  const std::vector<Vector> vectors{normal_vector(d, 1), normal_vector(d, 2)};
  const double s = std::max(largest_magnitude(vectors[0]), largest_magnitude(vectors[1]));
  std::vector<std::vector<double>> mean(2, std::vector<double>(d));
  std::vector<double> square(2);
  for (std::uint64_t t = 0; t < draws; ++t) {
    const std::vector<Message> messages = exchanged(ternary, vectors, t);
    for (std::size_t m = 0; m < 2; ++m) {
      const Vector q = decoded(messages[m], d);
      for (std::size_t i = 0; i < d; ++i) mean[m][i] += static_cast<double>(q[i]) / draws;
      square[m] += squared_norm(q) / draws;
    }
  }
  for (std::size_t m = 0; m < 2; ++m) {
    double variance = 0.0;  // of ||C||^2 = s^2 times a sum of independent Bernoulli variables
    for (std::size_t i = 0; i < d; ++i) {
      const double x = vectors[m][i];
      const double p = std::abs(x) / s;
      EXPECT_NEAR(mean[m][i], x, 5 * std::sqrt((s * std::abs(x) - x * x) / draws) + 1e-6) << i;
      variance += std::pow(s, 4) * p * (1 - p);
    }
    EXPECT_NEAR(square[m], s * sum_of_magnitudes(vectors[m]), 5 * std::sqrt(variance / draws));
  }
}

TEST(Ternary, ClipsAtTheDeviationsThatAreGiven) {
  constexpr std::size_t d = 1000;
  constexpr double clip = 1.5;
  Vector v = normal_vector(d, 3);
  for (float& x : v) x += 0.2F;
  double mean = 0.0, square = 0.0;
  for (const float x : v) mean += static_cast<double>(x) / d;
  for (const float x : v) square += (x - mean) * (x - mean) / d;
  const auto bound = static_cast<float>(clip * std::sqrt(square));
  Ternary ternary(one_bucket(d), clip);

  const Message scales = ternary.compress(v, step_of(0));
  EXPECT_THAT(std::get<Dense>(scales).values, ElementsAre(FloatEq(bound)));
  std::vector<double> sum(d);
  constexpr int draws = 2000;
  for (std::uint64_t t = 0; t < draws; ++t) {
    const Vector q = decoded(exchanged(ternary, {v}, t)[0], d);
    for (std::size_t i = 0; i < d; ++i) sum[i] += q[i];
  }
  for (std::size_t i = 0; i < d; ++i) {
    const double clipped = std::clamp(v[i], -bound, bound);
    EXPECT_NEAR(sum[i] / draws, clipped, 5 * bound / 2 / std::sqrt(draws) + 1e-5) << i;
  }
}

// The scale of another worker is larger: this worker's entries remain clipped at its own.
TEST(Ternary, ASharedScaleDoesNotUndoTheClipping) {
  constexpr std::size_t d = 1000;
  Vector v(d, 0.0F);
  for (std::size_t i = 0; i < d; ++i) v[i] = i % 2 == 0 ? 1.0F : -1.0F;
  v[0] = 100.0F;  // sigma is about 3.3
  Ternary ternary(one_bucket(d), 2.5);
  const float own = std::get<Dense>(ternary.compress(v, step_of(0))).values[0];
  ASSERT_LT(own, 10.0F);
  const Message shared = Dense{Vector(1, 2 * own)};
  int sent = 0;
  constexpr int draws = 2000;
  for (std::uint64_t t = 0; t < draws; ++t) {
    const Message message = ternary.compress_next(1, shared, v, step_of(t));
    sent += std::get<Quantized>(message).levels[0];
  }
  EXPECT_NEAR(sent, draws / 2.0, 5 * std::sqrt(draws) / 2);
}

TEST(Ternary, DoesNotEraseEntriesThatAreAllEqual) {
  Ternary ternary({{0, 1, 1}, {1, 4, 4}}, 2.5);
  const Vector v{-3.0F, 0.5F, 0.5F, 0.5F, 0.5F};
  const Message message = exchanged(ternary, {v}, 1)[0];
  EXPECT_EQ(decoded(message, 5), v);  // each entry is its bucket's scale
}

TEST(Ternary, ScalesAreTheLargestOfThoseThatSend) {
  const Ternary ternary({{0, 2, 2}, {2, 1, 1}}, 0.0);
  const std::vector<Message> messages{Skip{}, Dense{{1.0F, 5.0F}}, Dense{{2.0F, 3.0F}}, Skip{}};
  EXPECT_THAT(std::get<Dense>(ternary.reduce(0, messages)).values, ElementsAre(2.0F, 5.0F));
  EXPECT_THAT(std::get<Dense>(ternary.reduce(0, std::vector<Message>{Skip{}})).values, Each(0.0F));
  EXPECT_THROW((void)ternary.reduce(1, messages), std::logic_error);
}

TEST(Ternary, JoinedIsTheSumOfTheLevelsOverTheNumberOfSenders) {
  constexpr std::size_t d = 500;
  const Ternary ternary({{0, 300, 300}, {300, 200, 200}}, 2.5);
  for (std::uint64_t t = 0; t < 30; ++t) {
    std::vector<Vector> vectors;
    for (std::uint64_t m = 0; m < 7; ++m) vectors.push_back(normal_vector(d, 10 * t + m));
    vectors[2].clear();
    vectors[5].clear();
    const std::vector<Message> messages = exchanged(ternary, vectors, t);
    std::vector<int> sum(d);
    for (const Message& message : messages) {
      const auto* sent = std::get_if<Quantized>(&message);
      for (std::size_t i = 0; sent != nullptr && i < d; ++i) sum[i] += sent->levels[i];
    }
    const auto joined = std::get<Quantized>(ternary.joined(messages).value());
    EXPECT_EQ(joined.most_level, 5);
    EXPECT_EQ(std::vector<int>(joined.levels.begin(), joined.levels.end()), sum);
    EXPECT_LE(*std::ranges::max_element(sum), 5);
    EXPECT_GE(*std::ranges::min_element(sum), -5);
    const auto& scales = std::get<Quantized>(messages[0]).scales;
    EXPECT_THAT(joined.scales, ElementsAre(scales[0] / 5, scales[1] / 5));
  }
}

// With four workers and scales of few digits all products and sums are exact.
TEST(Ternary, JoinedHasTheBitsOfTheMeanOfTheMessages) {
  constexpr std::size_t d = 400;
  const Ternary ternary(one_bucket(d), 0.0);
  std::vector<Vector> vectors;
  for (std::uint64_t m = 0; m < 4; ++m) {
    Vector v = normal_vector(d, m);
    for (float& x : v) x = std::clamp(x, -0.75F, 0.75F);
    vectors.push_back(v);
  }
  const std::vector<Message> messages = exchanged(ternary, vectors, 1);
  Vector mean(d, 0.0F);
  for (const Message& message : messages) add_to(message, mean);
  scale(0.25F, mean, mean);

  EXPECT_EQ(decoded(ternary.joined(messages).value(), d), mean);
}

TEST(Ternary, NobodyAndMoreThanALevelCountsAreNotJoined) {
  const Ternary ternary(one_bucket(1), 0.0);
  EXPECT_FALSE(ternary.joined(std::vector<Message>(3, Skip{})).has_value());
  const Message one = Quantized{.most_level = 1, .ends = {1}, .scales = {1.0F}, .levels = {1}};
  std::vector<Message> messages(most_levels, one);
  const auto all = std::get<Quantized>(ternary.joined(messages).value());
  EXPECT_EQ(all.levels[0], most_levels);
  messages.push_back(one);
  EXPECT_FALSE(ternary.joined(messages).has_value());
}

TEST(Ternary, TheSameStreamGivesTheSameBits) {
  constexpr std::size_t d = 1000;
  const Ternary ternary(one_bucket(d), 2.5);
  const std::vector<Vector> vectors{normal_vector(d, 1), normal_vector(d, 2)};
  EXPECT_EQ(exchanged(ternary, vectors, 5), exchanged(ternary, vectors, 5));
  EXPECT_NE(exchanged(ternary, vectors, 5), exchanged(ternary, vectors, 6));
  EXPECT_NE(std::get<Quantized>(exchanged(ternary, {vectors[0], vectors[0]}, 5)[0]).levels,
            std::get<Quantized>(exchanged(ternary, {vectors[0], vectors[0]}, 5)[1]).levels);
}

TEST(Ternary, ADivergedWorkerIsSeenInTheMean) {
  const Ternary ternary(one_bucket(3), 2.5);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {nan, std::numeric_limits<float>::infinity()}) {
    for (const std::vector<Vector>& vectors :
         {std::vector<Vector>{{1, 2, 3}, {1, bad, 3}}, {{1, bad, 3}, {1, 2, 3}}}) {
      const auto joined = ternary.joined(exchanged(ternary, vectors, 1)).value();
      const Vector mean = decoded(joined, 3);
      EXPECT_TRUE(std::ranges::all_of(mean, [](float x) { return std::isnan(x); })) << bad;
    }
  }
}

// 2 d + 32 L bits; the scales before it 32 L.
TEST(TernGrad, UploadsHaveTheBitsOfTheFormula) {
  const Layout layout = fc_784_512_10();
  const AlgorithmConfig config{.name = "terngrad"};
  const MessageShape shape = shape_of(config, layout);
  Ternary ternary(shape.blocks, 2.5);
  const Vector v = normal_vector(layout.size(), 1);
  const Message scales = ternary.compress(v, step_of(1));
  const Message message = ternary.compress_next(1, scales, v, step_of(1));
  const WireFormat format = make_wire_format(config, {}, layout);
  const WireSizes sizes(layout, shape);

  EXPECT_EQ(payload_bits(scales), Bits{128});
  EXPECT_EQ(sizes.of(scales).encoded[0], Bits{128});
  EXPECT_EQ(payload_bits(message), Bits{814228});
  EXPECT_EQ(sizes.of(message).payload, Bits{814228});
  EXPECT_EQ(format.size(message), Bits{814228});
  const std::vector<std::uint8_t> bytes = format.encode(message);
  EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(Bits{814228}).value);
  EXPECT_EQ(format.decode(bytes), message);
}

// Quantized counts a sign and ceil(log2(M + 1)) bits: the same number as ceil(log2(2M + 1)).
TEST(TernGrad, TheSumOfMLevelsHasTheBitsOfTheFormula) {
  for (int workers = 1; workers <= 5000; ++workers) {
    int bits = 0;
    while ((std::int64_t{1} << bits) < 2 * workers + 1) ++bits;
    ASSERT_EQ(fixed_width(workers, false), bits) << workers;
  }
}

TEST(TernGrad, RandomShapesAreEncodedAndDecodedBothWays) {
  RandomStream random = stream(1, "shapes of ternary");
  for (std::uint64_t t = 0; t < 60; ++t) {
    Layout layout;
    const auto tensors = 1 + random.below(5);
    layout.add("single", {1});
    for (std::uint64_t i = 0; i < tensors; ++i) {
      layout.add("some", {static_cast<std::int64_t>(random.below(40))});  // may be empty
    }
    AlgorithmConfig config{.name = "terngrad"};
    if (t % 3 == 0) config.set(bucket_parameter, std::int64_t{7});
    MessageShape shape = shape_of(config, layout);
    const Ternary ternary(shape.blocks, 2.5);
    std::vector<Vector> vectors;
    for (std::uint64_t m = 0; m < 5; ++m) vectors.push_back(normal_vector(layout.size(), t + m));
    const std::vector<Message> messages = exchanged(ternary, vectors, t);
    const Message joined = ternary.joined(messages).value();
    for (const LevelCoding levels : {LevelCoding::fixed, LevelCoding::elias, LevelCoding::vsc}) {
      const WireConfig wire{.levels = levels};
      const auto there = make_wire_format(config, wire, layout);
      shape.most_level = 5;
      const WireFormat back(wire, layout, shape);
      for (const auto& [format, message] : {std::pair(&there, &messages[0]), {&back, &joined}}) {
        const std::vector<std::uint8_t> bytes = format->encode(*message);
        EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(format->size(*message)).value);
        EXPECT_EQ(format->decode(bytes), *message);
      }
    }
  }
}

TEST(TernGrad, RefusesWhatMakesNoSenseBesideIt) {
  EXPECT_EQ(incompatibility({.name = "terngrad"}), "");
  EXPECT_THAT(
      incompatibility({.name = "custom", .compress = "ternary", .memory = "error_feedback"}),
      HasSubstr("amplifies"));
  EXPECT_THAT(incompatibility({.name = "custom", .send = "lasg", .compress = "ternary"}),
              HasSubstr("joins the messages of all workers"));
}

}  // namespace
}  // namespace gradwire::algorithms::ternary_test
