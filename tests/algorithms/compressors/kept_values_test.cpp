#include "sim/algorithms/compressors/kept_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sim/algorithms/compressors/random_k.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/fc_784_512_10.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::kept_values_test {
namespace {

using testing::ElementsAre;

Layout layout_of(const std::vector<std::int64_t>& sizes) {
  Layout layout;
  for (const std::int64_t size : sizes) layout.add("tensor", {size});
  return layout;
}

Vector normal_vector(std::size_t d, std::uint64_t seed) {
  RandomStream random = stream(seed, "kept values");
  Vector v(d);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

StepContext step_of(std::uint64_t iteration) { return {.random = random_key(iteration)}; }

AlgorithmConfig config_of(const char* compress, const char* values, std::int64_t levels = 4,
                          double density = 0.01) {
  AlgorithmConfig config{.name = "custom", .compress = compress, .memory = "error_feedback"};
  config.set(density_parameter, density).set(kept_values_parameter, values);
  return config.set(levels_parameter, levels);
}

Message compressed(const AlgorithmConfig& config, const Layout& layout, const Vector& v,
                   const StepContext& step) {
  return ingredients_of(config).compress->make(with_defaults(config), layout)->compress(v, step);
}

Vector values_of(const Message& message, std::size_t d) {
  Vector v(d, 0.0F);
  add_to(message, v);
  return v;
}

TEST(KeptValues, AsSignsHaveTheMeanMagnitudeOfTheirBlock) {
  const Layout layout = layout_of({4, 2});
  const Vector v{3.0F, -1.0F, 0.5F, 0.0F, -8.0F, 2.0F};

  const Message message = compressed(config_of("top_k", "signs", 1, 0.5), layout, v, {});

  EXPECT_THAT(std::get<CodedSparse>(message).indices, ElementsAre(0, 1, 4));
  EXPECT_THAT(values_of(message, 6), ElementsAre(2, -2, 0, 0, -8, 0));
}

TEST(KeptValues, QuantisedAreLevelsOfTheNormOfTheKeptEntriesAlone) {
  const Layout layout = layout_of({4});
  const Vector v{3.0F, 0.5F, -4.0F, 0.25F};  // kept: (3, -4), norm 5

  const Message message = compressed(config_of("top_k", "quantised", 5, 0.5), layout, v, {});

  EXPECT_THAT(values_of(message, 4), ElementsAre(3, 0, -4, 0));  // 3 and 4 of 5 levels, exactly
  EXPECT_THAT(std::get<Quantized>(std::get<CodedSparse>(message).values).scales, ElementsAre(1));
}

TEST(KeptValues, AreAtThePositionsThatAreSentWithoutCoding) {
  const Layout layout = layout_of({300, 40, 1});
  const Vector v = normal_vector(341, 1);
  for (const char* compress : {"top_k", "random_k"}) {
    const Message exact = compressed(config_of(compress, "exact", 4, 0.1), layout, v, step_of(3));
    for (const char* values : {"quantised", "signs"}) {
      const Message coded = compressed(config_of(compress, values, 4, 0.1), layout, v, step_of(3));
      EXPECT_EQ(std::get<CodedSparse>(coded).indices, std::get<Sparse>(exact).indices);
    }
  }
}

// Of x, the k kept entries: E Q = x; E||Q - x||^2 = (||x||/s)^2 sum f (1 - f), f the fractional
// part of s |x_i| / ||x||.
TEST(KeptValues, QuantisedAreUnbiasedWithTheVarianceOfTheFormula) {
  const Layout layout = layout_of({60});
  const Vector v = normal_vector(60, 2);
  const AlgorithmConfig config = config_of("top_k", "quantised", 3, 0.2);
  const Vector kept = values_of(compressed(config_of("top_k", "exact", 3, 0.2), layout, v, {}), 60);
  const double unit = std::sqrt(squared_norm(kept)) / 3;
  constexpr int draws = 10'000;
  std::vector<double> mean(60);
  double error = 0, error_squared = 0;
  for (std::uint64_t t = 0; t < draws; ++t) {
    const Vector q = values_of(compressed(config, layout, v, step_of(t)), 60);
    for (std::size_t i = 0; i < 60; ++i) mean[i] += static_cast<double>(q[i]) / draws;
    const double distance = squared_distance(q, kept);
    error += distance / draws;
    error_squared += distance * distance / draws;
  }

  double variance = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    const double level = std::abs(static_cast<double>(kept[i])) / unit;
    const double f = level - std::floor(level);
    variance += unit * unit * f * (1 - f);
    const double standard_error = unit * std::sqrt(f * (1 - f) / draws);
    EXPECT_NEAR(mean[i], kept[i], 5 * standard_error + 1e-6) << i;
  }
  EXPECT_NEAR(error, variance, 5 * std::sqrt((error_squared - error * error) / draws));
}

TEST(KeptValues, AreTheSameForTheSameStreamAndDrawnApartFromThePositions) {
  const Layout layout = layout_of({1000});
  const Vector v = normal_vector(1000, 1);
  const AlgorithmConfig config = config_of("random_k", "quantised", 2, 0.5);

  EXPECT_EQ(compressed(config, layout, v, step_of(1)), compressed(config, layout, v, step_of(1)));
  EXPECT_NE(compressed(config, layout, v, step_of(1)), compressed(config, layout, v, step_of(2)));
}

// Observed while the memory is written, or afterwards: the same message; and C(p) + e = p.
TEST(KeptValues, WithErrorMemoryKeepWhatTheyDoNotSend) {
  const Layout layout = layout_of({700, 30});
  for (const char* values : {"quantised", "signs"}) {
    const AlgorithmConfig config = with_defaults(config_of("top_k", values, 16, 0.05));
    auto compressor = ingredients_of(config).compress->make(config, layout);
    ErrorFeedback memory(730);
    for (std::uint64_t t = 0; t < 20; ++t) {
      const Vector g = normal_vector(730, t);
      Vector p(memory.error().begin(), memory.error().end());
      add_scaled(0.1F, g, p);
      const Message q = testing_support::send(memory, *compressor, 0.1, g, step_of(t));
      EXPECT_EQ(q, compressed(config, layout, p, step_of(t)));
      subtract_from(q, p);
      EXPECT_TRUE(std::ranges::equal(memory.error(), p));
    }
  }
}

struct Sizes {
  IndexCoding index;
  std::int64_t index_bits;  ///< of the top percent of FC 784-512-10
};

// k (ib + 1 + ceil(log2(s + 1))) + 32 per tensor, and k (1 + ib) + 32: k = 4071, four tensors.
TEST(KeptValues, HaveTheBitsOfTheFormula) {
  const Layout layout = fc_784_512_10();
  const Vector v = normal_vector(layout.size(), 1);
  for (const auto& [index, index_bits] : {Sizes{IndexCoding::none, 0},
                                          {IndexCoding::int32, 4071 * 32},
                                          {IndexCoding::int64, 4071 * 64},
                                          {IndexCoding::model, 4071 * 19},
                                          {IndexCoding::tensor, 207250 - 130272},
                                          {IndexCoding::bitmap, 407050}}) {
    for (const auto& [values, levels, width] : {std::tuple("quantised", 1, 2),
                                                {"quantised", 4, 4},
                                                {"quantised", 256, 10},
                                                {"signs", 1, 1}}) {
      const AlgorithmConfig config = config_of("top_k", values, levels);
      const WireFormat format = make_wire_format(config, {.index = index}, layout);
      const Message message = compressed(config, layout, v, step_of(1));
      EXPECT_EQ(format.size(message), Bits{4071 * width + index_bits + 4 * 32})
          << values << levels << name_of(index, index_choices);
      EXPECT_EQ(payload_bits(message), Bits{4071 * width + 4 * 32});
      EXPECT_EQ(values_sent(message), 4071);
    }
  }
}

TEST(KeptValues, SizesOfATraceAreThoseOfTheFormats) {
  const Layout layout = layout_of({300, 41, 1});
  for (const char* compress : {"top_k", "random_k"}) {
    for (const char* values : {"quantised", "signs"}) {
      const AlgorithmConfig config = config_of(compress, values, 3, 0.1);
      const Message message = compressed(config, layout, normal_vector(342, 5), step_of(5));
      const MessageShape shape = shape_of(config, layout);
      const WireSizes sizes(layout, shape);
      const Transmission sent = sizes.of(message);
      EXPECT_EQ(sent.representation, Representation::coded_sparse);
      for (const IndexCoding index : index_codings(shape)) {
        for (const LevelCoding levels :
             {LevelCoding::fixed, LevelCoding::elias, LevelCoding::vsc}) {
          const WireConfig wire{.index = index, .levels = levels};
          Bits total;
          for (const std::size_t i : selected_encodings(wire, sizes.names())) {
            total += sent.encoded[i];
          }
          EXPECT_EQ(total, make_wire_format(config, wire, layout).size(message));
        }
      }
    }
  }
}

struct Case {
  const char* compress;
  const char* values;
  IndexCoding index;
  LevelCoding levels;
};

class KeptValuesRoundTrip : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] WireConfig wire(int header_bytes) const {
    return {.index = GetParam().index, .levels = GetParam().levels, .header_bytes = header_bytes};
  }
  [[nodiscard]] AlgorithmConfig config(std::int64_t levels, double density,
                                       const char* selection) const {
    AlgorithmConfig made = config_of(GetParam().compress, GetParam().values, levels, density);
    return made.set(selection_parameter, selection);
  }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const char* compress : {"top_k", "random_k"}) {
    for (const char* values : {"quantised", "signs"}) {
      for (std::size_t i = 0; i < std::size(index_choices); ++i) {
        for (const LevelCoding levels :
             {LevelCoding::fixed, LevelCoding::elias, LevelCoding::vsc}) {
          cases.push_back({compress, values, static_cast<IndexCoding>(i), levels});
        }
      }
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Format, KeptValuesRoundTrip, testing::ValuesIn(all_cases()),
                         [](const auto& test) {
                           return std::string(test.param.compress) + "_" + test.param.values + "_" +
                                  std::string(name_of(test.param.index, index_choices)) + "_" +
                                  std::string(name_of(test.param.levels, level_choices));
                         });

TEST_P(KeptValuesRoundTrip, RandomShapesComeBackAndTheirSizeIsWhatIsWritten) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomStream random = stream(seed, "layout");
    std::vector<std::int64_t> sizes{1};  // others may be empty
    for (std::uint64_t l = random.below(5); l > 0; --l) {
      sizes.push_back(static_cast<std::int64_t>(random.below(seed % 2 == 0 ? 9 : 900)));
    }
    const Layout layout = layout_of(sizes);
    Vector v = normal_vector(layout.size(), seed);
    if (seed % 5 == 0) std::ranges::fill(v, 0.0F);
    const char* selection = seed % 3 == 0 ? "whole_model" : "per_tensor";
    const auto levels = static_cast<std::int64_t>(1 + random.below(seed % 2 == 0 ? 4 : 32767));
    for (const double density : {0.001, 0.1, 0.5, 1.0}) {
      const AlgorithmConfig algorithm = config(levels, density, selection);
      const WireFormat format =
          make_wire_format(algorithm, wire(static_cast<int>(seed % 3)), layout);
      const Message message = compressed(algorithm, layout, v, step_of(seed));
      const std::vector<std::uint8_t> bytes = format.encode(message);
      ASSERT_EQ(Bytes{static_cast<std::int64_t>(bytes.size())}, bytes_for(format.size(message)));
      ASSERT_EQ(format.decode(bytes, std::get<CodedSparse>(message).indices), message);
    }
  }
}

TEST_P(KeptValuesRoundTrip, EveryTruncationIsAnErrorAndDamagedBytesAreNoOtherShape) {
  const Layout layout = layout_of({40, 300, 1});
  const AlgorithmConfig algorithm = config(5, 0.05, "per_tensor");
  const WireFormat format = make_wire_format(algorithm, wire(2), layout);
  const Message message = compressed(algorithm, layout, normal_vector(341, 1), step_of(1));
  const auto& support = std::get<CodedSparse>(message).indices;
  const std::vector<std::uint8_t> bytes = format.encode(message);
  for (std::size_t length = 3; length < bytes.size(); ++length) {
    EXPECT_THROW((void)format.decode(std::span(bytes).first(length), support), InputError);
  }
  RandomStream random = stream(1, "damage");
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<std::uint8_t> damaged = bytes;
    damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.below(256));
    try {
      (void)format.encode(format.decode(damaged, support));  // throws if it is not valid
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("message, bit "));
    }
  }
}

TEST(KeptValues, FormatsRefuseMessagesOfAnotherCoding) {
  const Layout layout = layout_of({40});
  const Vector v = normal_vector(40, 1);
  const Message quantised = compressed(config_of("top_k", "quantised", 4, 0.1), layout, v, {});
  const Message signs = compressed(config_of("top_k", "signs", 4, 0.1), layout, v, {});
  const Message exact = compressed(config_of("top_k", "exact", 4, 0.1), layout, v, {});
  const auto format = [&](const char* values, std::int64_t levels) {
    return make_wire_format(config_of("top_k", values, levels, 0.1), {}, layout);
  };

  EXPECT_THROW((void)format("quantised", 4).size(signs), std::invalid_argument);
  EXPECT_THROW((void)format("quantised", 5).size(quantised), std::invalid_argument);
  EXPECT_THROW((void)format("signs", 4).size(quantised), std::invalid_argument);
  EXPECT_THROW((void)format("signs", 4).size(exact), std::invalid_argument);
  EXPECT_THROW((void)format("exact", 4).size(signs), std::invalid_argument);
}

}  // namespace
}  // namespace gradwire::algorithms::kept_values_test
