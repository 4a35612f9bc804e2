#include "sim/algorithms/compressors/natural.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::natural_test {
namespace {

Vector compressed(const Vector& v, std::uint64_t iteration) {
  Natural natural;
  return std::get<Dense>(natural.compress(v, {.random = random_key(iteration)})).values;
}

// With |v_i| = 2^e (1 + p): E C = v, E||C - v||^2 = sum 4^e p (1 - p) <= ||v||^2 / 8.
TEST(Natural, MomentsAreThoseOfTheDefinition) {
  constexpr std::size_t d = 60;
  constexpr int draws = 10'000;
  const Vector v = normal_vector(d, 1);
  std::vector<double> mean(d);
  double error = 0.0;
  for (std::uint64_t t = 0; t < draws; ++t) {
    const Vector q = compressed(v, t);
    for (std::size_t i = 0; i < d; ++i) mean[i] += static_cast<double>(q[i]) / draws;
    error += squared_distance(q, v) / draws;
  }
  double expected = 0.0, variance = 0.0;
  for (std::size_t i = 0; i < d; ++i) {
    const double unit = std::exp2(std::ilogb(v[i]));
    const double p = std::abs(v[i]) / unit - 1;
    const double of_entry = unit * unit * p * (1 - p);
    EXPECT_NEAR(mean[i], v[i], 5 * std::sqrt(of_entry / draws)) << i;
    expected += of_entry;
    // (C - v)^2 is (p unit)^2 or ((1 - p) unit)^2, with probabilities 1 - p and p.
    variance += std::pow(unit, 4) * p * (1 - p) * (1 - 2 * p) * (1 - 2 * p);
  }
  EXPECT_NEAR(error, expected, 5 * std::sqrt(variance / draws));
  EXPECT_LE(expected, squared_norm(v) / 8);
}

TEST(Natural, TheBoundOfTheErrorIsReached) {  // at p = 1/3
  constexpr int draws = 10'000;
  const Vector v(100, 4.0F / 3);
  double error = 0.0;
  for (std::uint64_t t = 0; t < draws; ++t) error += squared_distance(compressed(v, t), v) / draws;
  EXPECT_NEAR(error / squared_norm(v), 0.125, 0.001);
}

TEST(Natural, TheSameStreamGivesTheSameBits) {
  const Vector v = normal_vector(1000, 2);
  EXPECT_EQ(compressed(v, 3), compressed(v, 3));
  EXPECT_NE(compressed(v, 3), compressed(v, 4));
}

TEST(Natural, AnUpdateIsCompressedAsTheVectorThatItWrites) {
  const Vector v = normal_vector(1000, 2);
  testing_support::FixedGradient gradient(v);
  GradientUpdate update(0.3F, gradient.model(), gradient);
  Vector scaled(v.size());
  update.write_to(scaled);
  Natural natural;
  const StepContext step{.random = random_key(1)};

  EXPECT_EQ(natural.compress(update, step), natural.compress(scaled, step));
}

TEST(Natural, ValuesHave9BitsOnTheWire) {
  Layout layout;
  layout.add("all", {407050});
  const AlgorithmConfig config{.name = "natural"};
  const WireFormat format = make_wire_format(config, {}, layout);
  Vector v = normal_vector(layout.size(), 1);
  v[0] = 0.0F;
  v[1] = -0.0F;
  v[2] = std::numeric_limits<float>::infinity();
  v[3] = std::numeric_limits<float>::denorm_min();
  v[4] = -std::numeric_limits<float>::max();
  Natural natural;
  const Message message = natural.compress(v, {.random = random_key(1)});

  EXPECT_EQ(payload_bits(message), Bits{3663450});
  EXPECT_EQ(format.size(message), Bits{3663450});
  EXPECT_EQ(WireSizes(layout, shape_of(config, layout)).of(message).encoded[0], Bits{3663450});
  const std::vector<std::uint8_t> bytes = format.encode(message);
  EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(Bits{3663450}).value);
  EXPECT_EQ(format.decode(bytes), message);
}

}  // namespace
}  // namespace gradwire::algorithms::natural_test
