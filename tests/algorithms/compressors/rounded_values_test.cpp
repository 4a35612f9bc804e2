#include "sim/algorithms/compressors/rounded_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/natural.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::rounded_values_test {
namespace {

constexpr ValueFormat short_formats[] = {ValueFormat::float16, ValueFormat::bfloat16};

Vector normal_vector(std::size_t d, std::uint64_t seed) {
  RandomStream random = stream(seed, "rounded values");
  Vector v(d);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

Layout two_tensors() {
  Layout layout;
  layout.add("a", {300});
  layout.add("b", {100});
  return layout;
}

TopK top_k() { return TopK({.layout = two_tensors(), .density = 0.1}); }

template <class Values>
Values rounded(const Values& values, ValueFormat format) {
  Values result = values;
  round_values(format, values, result);
  return result;
}

TEST(RoundedValues, RoundsTheValuesOfSparseMessagesAndLeavesTheirPositions) {
  for (const ValueFormat format : short_formats) {
    const Vector v = normal_vector(400, 1);
    const auto plain = std::get<Sparse>(top_k().compress(v, {}));
    RoundedValues compressor(std::make_unique<TopK>(top_k()), format);
    const auto sent = std::get<Sparse>(compressor.compress(v, {}));

    EXPECT_EQ(sent, (Sparse{plain.indices, rounded(plain.values, format), format}));
    EXPECT_NE(sent.values, plain.values);
    EXPECT_EQ(payload_bits(sent), Bits{16 * 40});
  }
}

TEST(RoundedValues, RoundsDenseMessagesFromVectorsAndUpdates) {
  const Vector v = normal_vector(400, 1);
  RoundedValues compressor(std::make_unique<Identity>(), ValueFormat::bfloat16);
  testing_support::FixedGradient gradient(v);
  GradientUpdate update(1.0F, gradient.model(), gradient);
  const Message expected = Dense{rounded(v, ValueFormat::bfloat16), ValueFormat::bfloat16};

  EXPECT_EQ(compressor.compress(v, {}), expected);
  EXPECT_EQ(compressor.compress(update, {}), expected);
}

TEST(RoundedValues, AnErrorMemorySeesTheRounding) {
  for (const ValueFormat format : short_formats) {
    RoundedValues compressor(std::make_unique<TopK>(top_k()), format);
    ErrorFeedback memory(400);
    for (std::uint64_t t = 0; t < 20; ++t) {
      const Vector g = normal_vector(400, t);
      Vector p(memory.error().begin(), memory.error().end());
      add_scaled(0.1F, g, p);
      const Message sent = testing_support::send(memory, compressor, 0.1, g);  // observed
      EXPECT_EQ(sent, compressor.compress(p, {}));
      Vector sum(memory.error().begin(), memory.error().end());
      for (const std::uint32_t i : std::get<Sparse>(sent).indices) EXPECT_NE(sum[i], p[i]);
      add_to(sent, sum);
      EXPECT_EQ(sum, p);  // the difference of a float and its rounding is a float
    }
  }
}

TEST(RoundedValues, AShorterFormatStays) {
  const Vector v = normal_vector(400, 1);
  RoundedValues compressor(std::make_unique<Natural>(), ValueFormat::float16);
  const StepContext step{.random = random_key(1)};
  EXPECT_EQ(compressor.compress(v, step), Natural().compress(v, step));
}

TEST(RoundedValues, ShapesFollowTheSetting) {
  const Layout layout = two_tensors();
  const auto format_of = [&](const char* name) {
    return shape_of({.name = name}, layout, ValueFormat::float16).values;
  };
  EXPECT_EQ(format_of("sgd"), ValueFormat::float16);
  EXPECT_EQ(format_of("sasg"), ValueFormat::float16);
  EXPECT_EQ(format_of("natural"), ValueFormat::power_of_two);
  EXPECT_EQ(format_of("qsgd"), ValueFormat::float32);
  EXPECT_EQ(format_of("ef_signsgd"), ValueFormat::float32);
  EXPECT_EQ(format_of("terngrad"), ValueFormat::float32);
}

TEST(RoundedValues, WorkersSendThemUnlessTheSettingIsFloat32) {
  const Layout layout = two_tensors();
  testing_support::FixedGradient gradient(normal_vector(400, 1));
  for (const char* name : {"sgd", "sparse"}) {
    Worker plain = make_worker({.name = name}, layout, 1);
    Worker rounding = make_worker({.name = name}, layout, 1, ValueFormat::float16);
    const auto format = [&](Worker& worker) {
      const Message sent = worker.step(gradient.model(), StepSize::same(0.1), gradient, {});
      return std::holds_alternative<Dense>(sent) ? std::get<Dense>(sent).format
                                                 : std::get<Sparse>(sent).format;
    };
    EXPECT_EQ(format(plain), ValueFormat::float32) << name;
    EXPECT_EQ(format(rounding), ValueFormat::float16) << name;
  }
}

TEST(RoundedValues, SuchUpdatesAreNotAddedUnwritten) {
  EXPECT_TRUE(sends_plain_updates({.name = "sgd"}));
  EXPECT_FALSE(sends_plain_updates({.name = "sgd"}, ValueFormat::float16));
}

TEST(RoundedValues, ScalesOfAnotherExchangeAreNotRounded) {
  const Layout layout = two_tensors();
  const Vector v = normal_vector(400, 1);
  testing_support::FixedGradient gradient(v);
  AlgorithmConfig config{.name = "terngrad"};
  Worker worker = make_worker(config, layout, 1, ValueFormat::float16);
  Worker plain = make_worker(config, layout, 1);
  EXPECT_EQ(worker.step(gradient.model(), StepSize::same(0.1), gradient, {}),
            plain.step(gradient.model(), StepSize::same(0.1), gradient, {}));
}

}  // namespace
}  // namespace gradwire::algorithms::rounded_values_test
