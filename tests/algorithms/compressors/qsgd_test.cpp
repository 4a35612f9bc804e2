#include "sim/algorithms/compressors/qsgd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::qsgd_test {
namespace {

StepContext step_of(std::uint64_t iteration) { return {.random = random_key(iteration)}; }

Quantized quantized(Qsgd& qsgd, const Vector& v, std::uint64_t iteration) {
  return std::get<Quantized>(qsgd.compress(v, step_of(iteration)));
}

struct Case {
  int s;
  Qsgd::Norm norm;
};
class QsgdMoments : public testing::TestWithParam<Case> {};

// E Q = v, and E||Q - v||^2 = (norm/s)^2 sum f (1 - f) with f the fractional part of s |v_i|/norm.
TEST_P(QsgdMoments, AreThoseOfTheDefinition) {
  const auto [s, kind] = GetParam();
  constexpr std::size_t d = 200;
  constexpr int draws = 20'000;
  const Vector v = normal_vector(d, 3);
  Qsgd qsgd({{0, d, d}}, s, kind);
  const auto largest = std::ranges::max(v, {}, [](float x) { return std::abs(x); });
  const double norm =
      kind == Qsgd::Norm::l2 ? std::sqrt(squared_norm(v)) : std::abs(static_cast<double>(largest));
  double expected = 0.0;
  for (const float x : v) {
    const double r = s * std::abs(static_cast<double>(x)) / norm;
    const double f = r - std::floor(r);
    expected += norm * norm / (s * s) * f * (1 - f);
  }
  std::vector<double> mean(d);
  double error = 0.0;
  for (std::uint64_t t = 0; t < draws; ++t) {
    Vector q(d, 0.0F);
    add_to(quantized(qsgd, v, t), q);
    for (std::size_t i = 0; i < d; ++i) mean[i] += static_cast<double>(q[i]) / draws;
    error += squared_distance(v, q) / draws;
  }

  const double step = norm / s;  // one entry's standard deviation is at most half of it
  for (std::size_t i = 0; i < d; ++i) {
    EXPECT_NEAR(mean[i], v[i], 5 * step / 2 / std::sqrt(draws)) << i;
  }
  EXPECT_NEAR(error / expected, 1.0, 0.02);
  if (kind == Qsgd::Norm::l2) {
    const double bound = std::min(d / static_cast<double>(s * s), std::sqrt(d) / s);
    EXPECT_LE(error, bound * squared_norm(v));
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, QsgdMoments,
                         testing::Values(Case{1, Qsgd::Norm::l2}, Case{4, Qsgd::Norm::l2},
                                         Case{255, Qsgd::Norm::l2}, Case{4, Qsgd::Norm::max}));

TEST(Qsgd, SendsFewNonzeroLevels) {  // E nnz <= s (s + sqrt d)
  constexpr std::size_t d = 10'000;
  const Vector v = normal_vector(d, 4);
  for (const int s : {1, 4, 16}) {
    Qsgd qsgd({{0, d, d}}, s, Qsgd::Norm::l2);
    double nonzero = 0.0;
    for (std::uint64_t t = 0; t < 50; ++t) {
      const Quantized q = quantized(qsgd, v, t);
      nonzero += static_cast<double>(d - std::ranges::count(q.levels, 0)) / 50;
    }
    EXPECT_LE(nonzero, s * (s + std::sqrt(d))) << s;
  }
}

TEST(Qsgd, BucketsHaveNormsOfTheirOwn) {
  Qsgd qsgd({{0, 1, 1}, {1, 2, 2}, {3, 1, 1}}, 4, Qsgd::Norm::l2);

  const Quantized q = quantized(qsgd, {-3.0F, 3.0F, 4.0F, 0.0F}, 1);

  EXPECT_THAT(q.scales, testing::ElementsAre(0.75F, 1.25F, 0.0F));
  EXPECT_EQ(q.levels[0], -4);  // the only entry of its bucket is the norm itself
  EXPECT_EQ(q.levels[3], 0);
}

AlgorithmConfig contracting(std::int64_t levels, const char* norm) {
  AlgorithmConfig config{.name = "qsgd"};
  config.values = {{"levels", levels}, {"norm", std::string(norm)}, {"contraction", true}};
  return config;
}

/// Expectation of ||Q(v) - v||^2 / ||v||^2 over `draws`, by the compressor of the configuration.
double relative_error(const AlgorithmConfig& config, const Vector& v, std::uint64_t draws) {
  Layout layout;
  layout.add("all", {static_cast<std::int64_t>(v.size())});
  const auto qsgd = qsgd_kind.make(with_defaults(config), layout);
  double error = 0.0;
  for (std::uint64_t t = 0; t < draws; ++t) {
    Vector q(v.size(), 0.0F);
    add_to(std::get<Quantized>(qsgd->compress(v, step_of(t))), q);
    error += squared_distance(v, q) / static_cast<double>(draws);
  }
  return error / squared_norm(v);
}

// E||Q / tau - v||^2 <= (1 - 1/tau) ||v||^2, for vectors with few and with many large entries.
TEST(Qsgd, AsAContractionNeverEnlargesTheErrorInExpectation) {
  RandomStream random = stream(1, "contraction");
  for (const std::size_t d : {1, 7, 400, 3000}) {
    for (const std::int64_t s : {1, 2, 4, 64}) {
      Vector v = normal_vector(d, d + static_cast<std::size_t>(s));
      const int power = static_cast<int>(random.below(4));  // 3: few large entries
      for (float& x : v) x = static_cast<float>(x * std::pow(std::abs(x), power));
      const auto entries = static_cast<double>(d), levels = static_cast<double>(s);
      const double tau = 1 + std::min(entries / (levels * levels), std::sqrt(entries) / levels);
      for (const char* norm : {"l2", "max"}) {
        const double error = relative_error(contracting(s, norm), v, 400);
        EXPECT_LT(error, 1 - 1 / tau + 0.01) << d << ", " << s << ", " << norm;
      }
    }
  }
}

// One level of the 2-norm and equal entries are the worst case: E||Q||^2 = sqrt(d) ||v||^2, so that
// the error is 1 - 2/tau + sqrt(d)/tau^2 of ||v||^2, and without tau sqrt(d) - 1.
TEST(Qsgd, AsAContractionHasTheErrorOfItsDefinition) {
  const Vector v(400, 0.5F);
  AlgorithmConfig config = contracting(1, "l2");
  const double tau = 21;
  EXPECT_NEAR(relative_error(config, v, 3000), 1 - 2 / tau + 20 / (tau * tau), 0.005);
  config.values["contraction"] = false;
  EXPECT_NEAR(relative_error(config, v, 3000), 19, 0.5);
}

TEST(Qsgd, AsAContractionDividesTheScalesOfEachBucketAlone) {
  const std::vector<Block> buckets{{0, 1, 1}, {1, 4, 4}};
  Qsgd plain(buckets, 2, Qsgd::Norm::l2), contracting(buckets, 2, Qsgd::Norm::l2, true);
  const Vector v{3.0F, 1.0F, -1.0F, 1.0F, 1.0F};

  const Quantized q = quantized(plain, v, 1), scaled = quantized(contracting, v, 1);

  EXPECT_EQ(scaled.levels, q.levels);
  EXPECT_THAT(q.scales, testing::ElementsAre(1.5F, 1.0F));
  EXPECT_THAT(scaled.scales, testing::ElementsAre(1.5F / 1.25F, 1.0F / 2.0F));  // 1/4, sqrt(4)/2
}

// Sizes by the formula 32 L + d (1 + ceil(log2(s + 1))), for one bucket of 407,050 entries.
TEST(Qsgd, FixedWidthSizesAreThoseOfTheFormula) {
  Layout layout;
  layout.add("all", {407050});
  const Vector v = normal_vector(layout.size(), 5);
  for (const auto& [s, bits] :
       {std::pair(1, 814132), {4, 1628232}, {16, 2442332}, {255, 3663482}}) {
    AlgorithmConfig config{.name = "qsgd"};
    config.set(*std::get<const WholeParameter*>(qsgd_kind.parameters[0]), s);
    Qsgd qsgd(shape_of(config, layout).blocks, s, Qsgd::Norm::l2);
    const Message message = qsgd.compress(v, step_of(1));
    const WireFormat format = make_wire_format(config, {}, layout);

    EXPECT_EQ(payload_bits(message), Bits{bits});
    EXPECT_EQ(format.size(message), Bits{bits});
    const std::vector<std::uint8_t> bytes = format.encode(message);
    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(Bits{bits}).value);
    EXPECT_EQ(format.decode(bytes), message);
  }
}

// E bits <= (3 + (3/2 + o(1)) log2(2 (s^2 + d) / (s (s + sqrt d)))) s (s + sqrt d) + 32.
TEST(Qsgd, EliasSizesAreBelowTheBoundAndExact) {
  Layout layout;
  layout.add("all", {100'000});
  const Vector v = normal_vector(layout.size(), 6);
  for (const int s : {1, 4, 64}) {
    AlgorithmConfig config{.name = "qsgd"};
    config.set(*std::get<const WholeParameter*>(qsgd_kind.parameters[0]), s);
    Qsgd qsgd(shape_of(config, layout).blocks, s, Qsgd::Norm::l2);
    const Message message = qsgd.compress(v, step_of(1));
    const WireFormat format = make_wire_format(config, {.levels = LevelCoding::elias}, layout);
    const std::vector<std::uint8_t> bytes = format.encode(message);

    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), bytes_for(format.size(message)).value);
    EXPECT_EQ(format.decode(bytes), message);
    const double d = 100'000;
    const double dense = s * (s + std::sqrt(d));
    const double bound = (3 + 1.5 * std::log2(2 * (s * s + d) / dense)) * dense + 32;
    EXPECT_LT(static_cast<double>(format.size(message).value), bound) << s;
  }
}

// Elias omega codes by hand: 1 "0", 2 "100", 3 "110", 4 "101000", 8 "1110000", 16 "10100100000".
TEST(EliasOmega, HasTheLengthsOfTheDefinition) {
  for (const auto& [n, bits] : std::vector<std::pair<std::uint64_t, int>>{{1, 1},
                                                                          {2, 3},
                                                                          {3, 3},
                                                                          {4, 6},
                                                                          {7, 6},
                                                                          {8, 7},
                                                                          {15, 7},
                                                                          {16, 11},
                                                                          {100, 13},
                                                                          {1'000'000, 31}}) {
    EXPECT_EQ(omega_bits(n), bits) << n;
  }
}

TEST(EliasOmega, ComesBackAndIsAsLongAsItSays) {
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  std::int64_t bits = 0;
  std::vector<std::uint32_t> numbers;
  for (std::uint64_t n = 1; n < (1ULL << 32); n = n * 3 / 2 + 1) {
    numbers.push_back(static_cast<std::uint32_t>(n));
    write_omega(writer, numbers.back());
    bits += omega_bits(n);
    ASSERT_EQ(writer.bits(), bits);
  }
  writer.finish();
  BitReader reader(bytes, 0);
  for (const std::uint32_t n : numbers) ASSERT_EQ(read_omega(reader), n);
}

TEST(LevelCodes, ComeBackWhereverTheNonzeroLevelsStand) {
  RandomStream random = stream(1, "levels");
  for (int trial = 0; trial < 300; ++trial) {
    const int s = 1 + static_cast<int>(random.below(300));
    std::vector<std::int16_t> levels(1 + random.below(200));
    for (std::int16_t& level : levels) {
      if (random.below(5) == 0) {
        level = static_cast<std::int16_t>(static_cast<int>(random.below(2 * s + 1)) - s);
      }
    }
    std::vector<std::uint8_t> bytes;
    BitWriter writer(bytes);
    write_elias(writer, 1.0F, levels);
    ASSERT_EQ(writer.bits(), elias_bits(1.0F, levels));
    write_fixed(writer, s, levels);
    writer.finish();
    BitReader reader(bytes, 0);
    std::vector<std::int16_t> elias(levels.size()), fixed(levels.size());
    read_elias(reader, s, 1.0F, elias);
    read_fixed(reader, s, fixed);
    reader.finish();
    ASSERT_EQ(elias, levels);
    ASSERT_EQ(fixed, levels);
  }
}

TEST(LevelCodes, DamagedBytesAreAnErrorOrAnotherSoundMessage) {
  Layout layout;
  layout.add("a", {61});
  layout.add("b", {7});
  AlgorithmConfig config{.name = "qsgd"};
  Qsgd qsgd(shape_of(config, layout).blocks, 4, Qsgd::Norm::l2);
  const Message message = qsgd.compress(normal_vector(68, 7), step_of(1));
  RandomStream random = stream(2, "levels");
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
        EXPECT_LE(format.encode(decoded).size(), damaged.size());
      } catch (const InputError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("message, bit "));
      }
    }
  }
}

}  // namespace
}  // namespace gradwire::algorithms::qsgd_test
