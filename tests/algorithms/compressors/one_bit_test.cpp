#include "sim/algorithms/compressors/one_bit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/algorithms/compressors/sign.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::one_bit_test {
namespace {

using testing::ElementsAre;

Layout layout_of(const std::vector<std::vector<std::int64_t>>& shapes) {
  Layout layout;
  for (const auto& shape : shapes) layout.add("tensor", shape);
  return layout;
}

Vector normal_vector(std::size_t d, std::uint64_t seed) {
  RandomStream random = stream(seed, "one_bit");
  Vector v(d);
  for (float& x : v) x = static_cast<float>(0.2 + random.normal());
  return v;
}

Vector values_of(const Message& message, std::size_t d) {
  Vector v(d, 0.0F);
  add_to(message, v);
  return v;
}

std::vector<std::size_t> sizes_of(const std::vector<Block>& columns) {
  std::vector<std::size_t> sizes;
  for (const Block& column : columns) sizes.push_back(column.size);
  return sizes;
}

TEST(Columns, AreTheEntriesOfOneOutput) {
  EXPECT_THAT(sizes_of(columns_of(layout_of({{3, 4}, {3}}))), ElementsAre(4, 4, 4, 3));
  EXPECT_THAT(sizes_of(columns_of(layout_of({{2, 3, 5, 5}, {}, {0, 4}, {1}}))),
              ElementsAre(75, 75, 1, 1));
}

// Golden values: tests/reference/one_bit.py.
TEST(OneBit, SendsTheMeansOfBothSignsOfEachColumn) {
  Vector v(15);
  for (int i = 0; i < 15; ++i) {
    v[static_cast<std::size_t>(i)] = static_cast<float>(i * i % 11 - 5) / 4;
  }
  OneBit one_bit(columns_of(layout_of({{3, 4}, {3}})));

  const auto message = std::get<Signs>(one_bit.compress(v, {}));

  EXPECT_THAT(message.scales, ElementsAre(1.0F, 0.0F, 1.0F, 1.0F));
  EXPECT_THAT(message.negative_values, ElementsAre(-0.833333313F, -0.5F, -0.833333313F, -0.625F));
  EXPECT_THAT(message.negative, ElementsAre(0b0111, 0b0110, 0b1110, 0b011));
}

TEST(OneBit, AColumnWithoutNegativeEntriesHasAMeanOfZeroForThem) {
  OneBit one_bit({{0, 3, 3}, {3, 2, 2}});

  const auto message = std::get<Signs>(one_bit.compress(Vector{1, 0, 2, -3, -5}, {}));

  EXPECT_THAT(message.scales, ElementsAre(1, 0));
  EXPECT_THAT(message.negative_values, ElementsAre(0, -4));
  EXPECT_THAT(values_of(message, 5), ElementsAre(1, 1, 1, -4, -4));
}

TEST(OneBit, LeavesAtMostWhatTheScaledSignOfTheSameColumnLeaves) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::size_t d = 1 + 29 * seed;
    const Vector v = normal_vector(d, seed);
    OneBit one_bit({{0, d, d}});
    Sign sign({{0, d, d}}, Sign::Scale::l1);

    const double left = squared_distance(v, values_of(one_bit.compress(v, {}), d));
    const double by_sign = squared_distance(v, values_of(sign.compress(v, {}), d));

    EXPECT_LE(left, by_sign * (1 + 1e-6)) << d;
  }
}

TEST(OneBit, LeavesNothingOfAColumnWithTwoValues) {
  const Vector v{1, 1, -3, 1, 1};
  OneBit one_bit({{0, 5, 5}});

  EXPECT_EQ(values_of(one_bit.compress(v, {}), 5), v);
}

TEST(OneBit, WithErrorMemoryKeepsWhatItDoesNotSend) {
  const std::size_t d = 1003;
  OneBit one_bit(columns_of(layout_of({{10, 100}, {3}})));
  ErrorFeedback memory(d);
  for (std::uint64_t t = 0; t < 20; ++t) {
    const Vector g = normal_vector(d, t);
    Vector expected(memory.error().begin(), memory.error().end());
    add_scaled(0.1F, g, expected);
    subtract_from(testing_support::send(memory, one_bit, 0.1, g), expected);
    EXPECT_TRUE(std::ranges::equal(memory.error(), expected));
  }
}

TEST(OneBit, UploadHasTheBitsOfTheFormula) {
  const Layout layout = layout_of({{512, 784}, {512}, {10, 512}, {10}});
  const AlgorithmConfig config{.name = "one_bit"};
  const WireFormat format = make_wire_format(config, {}, layout);
  OneBit one_bit(shape_of(config, layout).blocks);
  const Message message = one_bit.compress(normal_vector(layout.size(), 1), {});

  const Bits expected{407050 + 64 * (512 + 1 + 10 + 1)};  // d + 64 a column
  EXPECT_EQ(payload_bits(message), expected);
  EXPECT_EQ(format.size(message), expected);
  const std::vector<std::uint8_t> bytes = format.encode(message);
  EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(expected).value);
  EXPECT_EQ(format.decode(bytes), message);
}

TEST(OneBit, MessagesOfRandomShapesComeBackAndTheirSizeIsWhatIsWritten) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random = stream(seed, "shapes");
    std::vector<std::vector<std::int64_t>> shapes{{1}};
    for (std::uint64_t l = random.below(4); l > 0; --l) {
      const auto extent = [&] { return static_cast<std::int64_t>(random.below(7)); };
      shapes.push_back({extent(), extent()});
      shapes.push_back({extent()});
    }
    const Layout layout = layout_of(shapes);
    const AlgorithmConfig config{.name = "one_bit"};
    const WireFormat format =
        make_wire_format(config, {.header_bytes = static_cast<int>(seed % 3)}, layout);
    OneBit one_bit(columns_of(layout));
    const Message message = one_bit.compress(normal_vector(layout.size(), seed), {});

    const std::vector<std::uint8_t> bytes = format.encode(message);

    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(format.size(message)).value);
    EXPECT_EQ(format.decode(bytes), message);
    for (std::size_t length = seed % 3 + 1; length < bytes.size(); ++length) {
      EXPECT_THROW((void)format.decode(std::span(bytes).first(length)), InputError);
    }
  }
}

}  // namespace
}  // namespace gradwire::algorithms::one_bit_test
