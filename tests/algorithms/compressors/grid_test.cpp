#include "sim/algorithms/compressors/grid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::grid_test {
namespace {

using testing::Each;
using testing::ElementsAre;

Quantized quantized(const Vector& v, int bits) {
  Grid grid({{0, v.size(), v.size()}}, bits);
  return std::get<Quantized>(grid.compress(v, {}));
}

Vector values(const Quantized& message) {
  Vector v(message.levels.size(), 0.0F);
  add_to(message, v);
  return v;
}

/// 2^b - 1, a whole number of steps tau R on each side of 0.
int largest_level(int bits) { return (1 << bits) - 1; }

TEST(Grid, TakesTheNearestOfEquallySpacedValues) {
  const Quantized message = quantized({3.0F, -3.0F, 0.9F, 1.1F, 0.0F, -1.9F, -2.1F}, 2);

  EXPECT_THAT(message.scales, ElementsAre(1.0F));  // values -3, -1, 1, 3
  EXPECT_THAT(message.levels, ElementsAre(3, -3, 1, 1, 1, -1, -3));
  EXPECT_TRUE(message.odd_levels);
  EXPECT_EQ(message.most_level, 3);
}

TEST(Grid, ErrsByAtMostTauR) {
  for (int bits = 1; bits <= Grid::most_bits; ++bits) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Vector v = normal_vector(1000, seed);
      const Quantized message = quantized(v, bits);
      const Vector q = values(message);
      const double radius = largest_magnitude(v);
      const double bound = radius / largest_level(bits) + radius * 0x1p-22;
      for (std::size_t i = 0; i < v.size(); ++i) {
        ASSERT_LE(std::abs(static_cast<double>(v[i]) - q[i]), bound) << bits;
        ASSERT_LE(std::abs(message.levels[i]), largest_level(bits));
        ASSERT_NE(message.levels[i] % 2, 0);
      }
    }
  }
}

TEST(Grid, KeepsTheLargestMagnitudeToRounding) {
  for (int bits = 1; bits <= Grid::most_bits; ++bits) {
    const Vector q = values(quantized({0.3F, -1.7F, 1.7F}, bits));
    EXPECT_NEAR(q[1], -1.7F, 1e-6) << bits;
    EXPECT_NEAR(q[2], 1.7F, 1e-6) << bits;
  }
}

TEST(Grid, BucketsHaveScalesOfTheirOwn) {
  Grid grid({{0, 2, 2}, {2, 1, 1}, {3, 2, 2}}, 2);
  const auto message = std::get<Quantized>(grid.compress(Vector{3, 1, -6, 0, 0}, {}));
  EXPECT_THAT(message.scales, ElementsAre(1.0F, 2.0F, 0.0F));
  EXPECT_THAT(message.levels, ElementsAre(3, 1, -3, 1, 1));
  EXPECT_THAT(values(message), ElementsAre(3, 1, -6, 0, 0));
}

TEST(Grid, ZerosStayZerosAndDivergenceStaysVisible) {
  EXPECT_THAT(values(quantized(Vector(5, 0.0F), 4)), Each(0.0F));
  EXPECT_THAT(values(quantized(Vector(5, 1e-44F), 15)), Each(0.0F));
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(all_finite(values(quantized({1.0F, infinity}, 4))));
  EXPECT_FALSE(all_finite(values(quantized({1.0F, std::nanf("")}, 4))));
}

AlgorithmConfig laq(std::int64_t bits, ParameterValue bucket = "model") {
  AlgorithmConfig config{.name = "laq"};
  return config.set(bits_parameter, bits).set(bucket_parameter, std::move(bucket));
}

// 32 + b d for one bucket of 407,050 entries (the authors' code leaves out the 32).
TEST(Grid, FixedWidthSizesAreThoseOfTheFormula) {
  Layout layout;
  layout.add("all", {407050});
  const Vector v = normal_vector(layout.size(), 5);
  for (const auto& [bits, size] : {std::pair(3, 1221182), {4, 1628232}, {8, 3256432}}) {
    const Message message = quantized(v, bits);
    const WireFormat format = make_wire_format(laq(bits), {}, layout);

    EXPECT_EQ(payload_bits(message), Bits{size});
    EXPECT_EQ(format.size(message), Bits{size});
    const std::vector<std::uint8_t> bytes = format.encode(message);
    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(Bits{size}).value);
    EXPECT_EQ(format.decode(bytes), message);
  }
}

TEST(Grid, ComesBackFromEitherCodingOfEveryShape) {
  RandomStream random = stream(3, "grid shapes");
  for (int trial = 0; trial < 200; ++trial) {
    Layout layout;
    for (std::uint64_t tensors = 1 + random.below(5); tensors > 0; --tensors) {
      layout.add("tensor", {static_cast<std::int64_t>(random.below(trial % 4 == 0 ? 3 : 200))});
    }
    const auto bits = static_cast<std::int64_t>(1 + random.below(Grid::most_bits));
    const ParameterValue buckets[] = {
        std::string("tensor"), std::string("model"),
        std::int64_t{1 + static_cast<std::int64_t>(random.below(50))}};
    const AlgorithmConfig config = laq(bits, buckets[trial % 3]);
    const bool is_model = trial % 3 == 1;
    if (is_model && layout.size() == 0) continue;
    Vector v = normal_vector(layout.size(), static_cast<std::uint64_t>(trial));
    if (trial % 5 == 0) std::fill(v.begin(), v.begin() + static_cast<long>(v.size() / 2), 0.0F);
    Grid grid(algorithms::buckets(with_defaults(config), layout), static_cast<int>(bits));
    const Message message = grid.compress(v, {});
    for (const LevelCoding levels : {LevelCoding::fixed, LevelCoding::elias, LevelCoding::vsc}) {
      const WireFormat format = make_wire_format(config, {.levels = levels}, layout);
      const std::vector<std::uint8_t> bytes = format.encode(message);
      ASSERT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(format.size(message)).value);
      if (!bytes.empty()) {
        ASSERT_EQ(format.decode(bytes), message);
      }
    }
  }
}

TEST(Grid, DamagedBytesAreAnErrorOrAnotherSoundMessage) {
  Layout layout;
  layout.add("a", {61});
  layout.add("b", {7});
  const AlgorithmConfig config = laq(4, "tensor");
  Grid grid(algorithms::buckets(with_defaults(config), layout), 4);
  const Message message = grid.compress(normal_vector(68, 7), {});
  RandomStream random = stream(2, "grid damage");
  for (const LevelCoding levels : {LevelCoding::fixed, LevelCoding::elias, LevelCoding::vsc}) {
    const WireFormat format = make_wire_format(config, {.levels = levels}, layout);
    const std::vector<std::uint8_t> bytes = format.encode(message);
    for (int trial = 0; trial < 3000; ++trial) {
      std::vector<std::uint8_t> damaged = bytes;
      if (trial % 3 == 0) damaged.resize(1 + random.below(2 * bytes.size()));
      for (std::uint64_t flips = random.below(1 + damaged.size()); flips > 0; --flips) {
        damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.below(256));
      }
      try {
        const Message decoded = format.decode(damaged);
        EXPECT_EQ(format.encode(decoded).size(), damaged.size());
      } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("message, bit "));
      }
    }
  }
}

}  // namespace
}  // namespace gradwire::algorithms::grid_test
