#include "sim/algorithms/compressors/half.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::half_test {
namespace {

struct Case {
  ValueFormat format;
  double most_error;  ///< relative: half a unit of the last digit
};
class EachFormat : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Formats, EachFormat,
                         testing::Values(Case{ValueFormat::float16, 0x1p-11},
                                         Case{ValueFormat::bfloat16, 0x1p-8}),
                         [](const auto& test) { return std::string(name_of(test.param.format)); });

TEST_P(EachFormat, RoundsToTheNearest) {
  const Vector v = normal_vector(5000, 1);
  Half half(GetParam().format);
  const auto sent = std::get<Dense>(half.compress(v, {}));
  ASSERT_EQ(sent.format, GetParam().format);
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (std::abs(v[i]) < 0x1p-14F) continue;
    EXPECT_LE(std::abs(sent.values[i] - v[i]), GetParam().most_error * std::abs(v[i]));
  }
  testing_support::FixedGradient gradient(v);
  GradientUpdate update(1.0F, gradient.model(), gradient);
  EXPECT_EQ(half.compress(update, {}), Message(sent));
}

TEST_P(EachFormat, ErrorMemoryKeepsExactlyWhatIsRoundedAway) {
  Half half(GetParam().format);
  ErrorFeedback memory(500);
  for (std::uint64_t t = 0; t < 20; ++t) {
    const Vector g = normal_vector(500, t);
    Vector p(memory.error().begin(), memory.error().end());
    add_scaled(0.1F, g, p);
    Vector sum(memory.error().size(), 0.0F);
    add_to(testing_support::send(memory, half, 0.1, g), sum);
    add_scaled(1.0F, memory.error(), sum);
    EXPECT_EQ(sum, p);
  }
}

TEST_P(EachFormat, ValuesHave16BitsOnTheWire) {
  Layout layout;
  layout.add("a", {300});
  layout.add("empty", {0});
  layout.add("b", {1});
  AlgorithmConfig config{.name = "custom", .compress = "half"};
  config.set(*std::get<const ChoiceParameter*>(half_kind.parameters[0]),
             std::string(name_of(GetParam().format)));
  const WireFormat format = make_wire_format(config, {}, layout);
  Half half(GetParam().format);
  const Message message = half.compress(normal_vector(301, 2), {});

  EXPECT_EQ(payload_bits(message), Bits{16 * 301});
  const std::vector<std::uint8_t> bytes = format.encode(message);
  EXPECT_EQ(bytes.size(), 2U * 301);
  EXPECT_EQ(format.decode(bytes), message);
}

}  // namespace
}  // namespace gradwire::algorithms::half_test
