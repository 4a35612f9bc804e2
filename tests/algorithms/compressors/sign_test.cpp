#include "sim/algorithms/compressors/sign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fc_784_512_10.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::sign_test {
namespace {

Vector values_of(const Message& message, std::size_t d) {
  Vector v(d, 0.0F);
  add_to(message, v);
  return v;
}

TEST(Sign, SendsTheMeanMagnitudeOfEachBucketWithTheSigns) {
  Sign sign({{0, 3, 3}, {3, 2, 2}}, Sign::Scale::l1);

  const Message message = sign.compress(Vector{1.0F, -2.0F, 3.0F, -0.0F, -4.0F}, {});

  EXPECT_THAT(values_of(message, 5), testing::ElementsAre(2, -2, 2, 2, -2));  // sign(-0) = +1
}

TEST(Sign, WithoutScaleSendsOnes) {
  Sign sign({{0, 2, 2}}, Sign::Scale::none);

  EXPECT_THAT(values_of(sign.compress(Vector{-7.0F, 0.0F}, {}), 2), testing::ElementsAre(-1, 1));
}

TEST(Sign, WithoutScaleCostsOneBitPerEntry) {
  const Layout layout = fc_784_512_10();
  AlgorithmConfig config{.name = "custom", .compress = "sign"};
  const WireFormat format = make_wire_format(config, {}, layout);
  Sign sign(shape_of(config, layout).blocks, Sign::Scale::none);
  const Message message = sign.compress(normal_vector(layout.size(), 1), {});

  EXPECT_EQ(payload_bits(message), Bits{407050});
  EXPECT_EQ(format.size(message), Bits{407050});
  EXPECT_EQ(static_cast<std::int64_t>(format.encode(message).size()), (407050 + 7) / 8);
  EXPECT_EQ(format.decode(format.encode(message)), message);
  EXPECT_THROW((void)make_wire_format({.name = "ef_signsgd"}, {}, layout).size(message),
               std::invalid_argument);
}

// ||v - C(v)||^2 = ||v||^2 - ||v||_1^2 / d, exactly in real arithmetic.
TEST(Sign, LeavesWhatTheIdentityOfTheScaledSignSays) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::size_t d = 1 + 37 * seed;
    const Vector v = normal_vector(d, seed);
    double l1 = 0.0;
    for (const float x : v) l1 += std::abs(static_cast<double>(x));
    Sign sign({{0, d, d}}, Sign::Scale::l1);

    const double left = squared_distance(v, values_of(sign.compress(v, {}), d));

    const double expected = squared_norm(v) - l1 * l1 / static_cast<double>(d);
    EXPECT_NEAR(left, expected, 1e-5 * squared_norm(v));
  }
}

// The exact error identity C(p) + e' = gamma g + e, to the rounding of e' = p - C(p).
TEST(Sign, WithErrorMemoryKeepsWhatItDoesNotSend) {
  const std::size_t d = 1000;
  Sign sign({{0, 999, 999}, {999, 1, 1}}, Sign::Scale::l1);
  ErrorFeedback memory(d);
  for (std::uint64_t t = 0; t < 30; ++t) {
    const Vector g = normal_vector(d, t);
    Vector p(memory.error().begin(), memory.error().end());
    add_scaled(0.1F, g, p);
    const Message q = testing_support::send(memory, sign, 0.1, g);
    Vector expected = p;
    subtract_from(q, expected);
    EXPECT_TRUE(std::ranges::equal(memory.error(), expected));
  }
}

TEST(Sign, ErrorStaysBounded) {  // delta = ||p||_1^2 / (d ||p||^2) is about 2/pi for such p
  const std::size_t d = 1000;
  Sign sign({{0, d, d}}, Sign::Scale::l1);
  ErrorFeedback memory(d);
  double largest = 0.0;
  for (std::uint64_t t = 0; t < 500; ++t) {
    static_cast<void>(testing_support::send(memory, sign, 1.0, normal_vector(d, t)));
    largest = std::max(largest, squared_norm(memory.error()));
  }
  // E||e||^2 <= 4 (1 - delta) G^2 / delta^2 with delta = 0.5 and G^2 = 1000.
  EXPECT_LT(largest, 8 * 1000.0);
}

TEST(EfSignSgd, UploadHasTheBitsOfTheFormula) {
  const Layout layout = fc_784_512_10();
  const AlgorithmConfig config{.name = "ef_signsgd"};
  const MessageShape shape = shape_of(config, layout);
  ASSERT_EQ(shape.blocks.size(), 4U);
  Sign sign(shape.blocks, Sign::Scale::l1);
  const Message message = sign.compress(normal_vector(layout.size(), 1), {});
  const WireFormat format = make_wire_format(config, {}, layout);

  EXPECT_EQ(payload_bits(message), Bits{407178});  // d + 32 L
  EXPECT_EQ(format.size(message), Bits{407178});
  const std::vector<std::uint8_t> bytes = format.encode(message);
  EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(Bits{407178}).value);
  EXPECT_EQ(format.decode(bytes), message);
}

TEST(EfSignSgd, EveryTruncationOfAMessageIsAnError) {
  Layout layout;
  layout.add("a", {13});
  layout.add("b", {3});
  const WireFormat format = make_wire_format({.name = "ef_signsgd"}, {}, layout);
  Sign sign({{0, 13, 13}, {13, 3, 3}}, Sign::Scale::l1);
  const std::vector<std::uint8_t> bytes = format.encode(sign.compress(normal_vector(16, 1), {}));

  for (std::size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_THROW((void)format.decode(std::span(bytes).first(length)), InputError) << length;
  }
}

TEST(SignKind, RefusesAnErrorMemoryForSignsWithoutScale) {
  AlgorithmConfig config{.name = "ef_signsgd"};
  EXPECT_EQ(incompatibility(config), "");
  config.set(scale_parameter, "none");
  EXPECT_THAT(incompatibility(config), testing::HasSubstr("keeps no magnitude"));
}

}  // namespace
}  // namespace gradwire::algorithms::sign_test
