#include "sim/algorithms/wire/vector_source_code.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/compressors/grid.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/entropy.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/algorithms/wire/level_counts.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::vector_source_code_test {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using Levels = std::vector<std::int16_t>;
using Bytes = std::vector<std::uint8_t>;

struct Written {
  Bytes bytes;
  std::int64_t bits = 0;
};

Written written(LevelAlphabet alphabet, const Levels& levels) {
  Written result;
  BitWriter writer(result.bytes);
  write_vector_source(writer, alphabet, levels);
  result.bits = writer.bits();
  writer.finish();
  return result;
}

Levels read(LevelAlphabet alphabet, const Bytes& bytes, std::size_t d) {
  BitReader reader(bytes, 0);
  Levels levels(d);
  read_vector_source(reader, alphabet, levels);
  reader.finish();
  return levels;
}

std::int64_t bits_of(LevelAlphabet alphabet, const Levels& levels) {
  return vector_source_bits(alphabet, levels, level_counts(levels, alphabet.s));
}

/// The header alone.
std::int64_t header_bits(LevelAlphabet alphabet, const Levels& levels) {
  const std::vector<std::uint32_t> counts = level_counts(levels, alphabet.s);
  std::int64_t bits = 0;
  for (std::size_t i = 0; i < counts.size(); i += static_cast<std::size_t>(alphabet.step())) {
    bits += omega_bits(std::uint64_t{counts[i]} + 1);
  }
  return bits;
}

void expect_round_trip(LevelAlphabet alphabet, const Levels& levels) {
  const Written message = written(alphabet, levels);
  EXPECT_EQ(message.bits, bits_of(alphabet, levels));
  EXPECT_EQ(read(alphabet, message.bytes, levels.size()), levels);
}

/// Of a level with the number `symbol` in the alphabet.
std::int16_t level_of(LevelAlphabet alphabet, std::uint64_t symbol) {
  return static_cast<std::int16_t>(static_cast<int>(symbol) * alphabet.step() - alphabet.s);
}

std::uint64_t symbols_of(LevelAlphabet alphabet) {
  return static_cast<std::uint64_t>(2 * alphabet.s / alphabet.step()) + 1;
}

/// Levels whose frequencies fall geometrically from one of the alphabet on: share, share (1 -
/// share), ...
Levels geometric_levels(LevelAlphabet alphabet, std::size_t d, double share, RandomStream& random) {
  const std::uint64_t symbols = symbols_of(alphabet), first = random.below(symbols);
  Levels levels(d);
  for (std::int16_t& level : levels) {
    std::uint64_t step = 0;
    while (step + 1 < symbols && random.uniform() >= share) ++step;
    level = level_of(alphabet, (first + step) % symbols);
  }
  return levels;
}

TEST(VectorSourceCode, ComesBackAndIsAsLongAsItSays) {
  RandomStream random = stream(1, "vector source code");
  for (int trial = 0; trial < 600; ++trial) {
    LevelAlphabet alphabet{.s = 1 + static_cast<int>(random.below(trial % 5 == 0 ? 200 : 4))};
    alphabet.odd = alphabet.s % 2 == 1 && trial % 2 == 0;
    const double shares[] = {0.02, 0.3, 0.5, 0.6, 0.9, 0.99};
    const std::size_t d = random.below(trial % 3 == 0 ? 40 : 700);
    Levels levels = geometric_levels(alphabet, d, shares[random.below(6)], random);
    if (trial % 4 == 0) std::ranges::sort(levels);
    expect_round_trip(alphabet, levels);
  }
}

TEST(VectorSourceCode, ExtremesComeBack) {
  expect_round_trip({.s = 1}, {});
  expect_round_trip({.s = 3}, Levels(1, -3));
  expect_round_trip({.s = 3}, Levels(1000, 2));
  expect_round_trip({.s = 1, .odd = true}, {-1, 1});
  expect_round_trip({.s = 32767}, {-32767, 32767, 0, 0, 32767});
  Levels last(100'000, 0);
  last.back() = 1;  // one run of 99,999
  expect_round_trip({.s = 1}, last);
  Levels all;  // each level once, and more than 2^15 of them
  for (int level = -32767; level <= 32767; level += 2) {
    all.push_back(static_cast<std::int16_t>(level));
  }
  RandomStream random = stream(2, "vector source code");
  random.shuffle(std::span(all));
  expect_round_trip({.s = 32767, .odd = true}, all);
  expect_round_trip({.s = 32767}, all);
}

TEST(VectorSourceCode, CountsRunsThatAreLongerThanSinglePrecisionIsExact) {
  Levels levels((std::size_t{1} << 24) + 1000, 0);
  for (const std::size_t i : {7U, 8U, (1U << 24) + 17, (1U << 24) + 991}) levels[i] = 1;
  EXPECT_EQ(bits_of({.s = 1}, levels), written({.s = 1}, levels).bits);
}

// By hand. Counts 0, 7 and 1 of -1, 0 and 1: omega codes of 1, 8, 2: "0", "1110000", "100". Of the
// 8 positions, 7 have 0; the gap of the other is 5; p = 1/8, m = ceil(ln 1.875 / 0.1335) = 5:
// quotient "10", remainder 0 of c = 3, 2^3 - 5 = 3 shorter codes of 2 bits: "00".
TEST(VectorSourceCode, HasTheBitsOfTheDefinition) {
  const Levels levels{0, 0, 0, 0, 0, 1, 0, 0};
  const Written message = written({.s = 1}, levels);
  EXPECT_EQ(message.bits, 1 + 7 + 3 + 2 + 2);
  // The first bit is the lowest: 0111 0000 | 1001 000
  EXPECT_THAT(message.bytes, ElementsAre(0b0000'1110, 0b0000'1001));
}

TEST(VectorSourceCode, ALevelThatFillsHalfIsCodedItself) {
  // Counts 2, 2 of -1 and 1 in the odd alphabet: twice "110". p = 1/2: m = 1. Gaps of -1: 2 and 0.
  const Levels levels{1, 1, -1, -1};
  const Written message = written({.s = 1, .odd = true}, levels);
  EXPECT_EQ(message.bits, 3 + 3 + 3 + 1);
  EXPECT_THAT(message.bytes, ElementsAre(0b1101'1011, 0b0000'0000));
}

// The golden values are computed by tests/reference/vsc.py, whose output is in vsc.txt. Its levels
// are functions of draws that both can make.

std::vector<std::uint32_t> golden_draws(std::size_t d) {
  std::vector<std::uint32_t> words(d);
  random_bits(random_key(22), 0, words);
  return words;
}

Levels golden_geometric(std::size_t d, int s) {
  Levels levels;
  for (const std::uint32_t word : golden_draws(d)) {
    const int magnitude = word < 2 ? s : std::min(s, std::countr_zero(word >> 1));
    levels.push_back(static_cast<std::int16_t>((word & 1) != 0 ? -magnitude : magnitude));
  }
  return levels;
}

Levels golden_sparse(std::size_t d, int s, std::uint32_t share) {
  Levels levels;
  for (const std::uint32_t word : golden_draws(d)) {
    const auto symbol = (word >> 16) % static_cast<std::uint32_t>(2 * s + 1);
    const bool is_zero = word % 65536 >= share;
    levels.push_back(static_cast<std::int16_t>(is_zero ? 0 : static_cast<int>(symbol) - s));
  }
  return levels;
}

Levels golden_uniform(std::size_t d, int s) {
  Levels levels;
  for (const std::uint32_t word : golden_draws(d)) {
    const auto symbol = word % static_cast<std::uint32_t>(2 * s + 1);
    levels.push_back(static_cast<std::int16_t>(static_cast<int>(symbol) - s));
  }
  return levels;
}

Levels golden_odd(std::size_t d, int s) {
  const auto symbols = static_cast<std::uint32_t>(s + 1);
  Levels levels;
  for (const std::uint32_t word : golden_draws(d)) {
    const std::uint32_t symbol = std::min(word % symbols, (word >> 16) % symbols);
    levels.push_back(static_cast<std::int16_t>(2 * static_cast<int>(symbol) - s));
  }
  return levels;
}

TEST(VectorSourceCode, HasTheGoldenBits) {
  const Levels levels = golden_geometric(40, 3);
  ASSERT_THAT(levels,
              ElementsAreArray({0, 1, -1, 3, -2, 1, 0, 3, 3, 0, 1,  0,  0, -1, 2,  0, 2, 0, 0, 0,
                                1, 0, 0,  0, 2,  0, 0, 0, 3, 0, -2, -1, 0, 3,  -3, 0, 0, 0, 1, 0}));
  const Written message = written({.s = 3}, levels);
  std::string bits;
  for (std::int64_t i = 0; i < message.bits; ++i) {
    bits += (message.bytes[static_cast<std::size_t>(i / 8)] >> (i % 8) & 1) != 0 ? '1' : '0';
  }
  EXPECT_EQ(bits,
            "100110101000101001011001011001010001011001000001001011001011101110111010010011100010"
            "1100101111000101001100100000111001000100");
}

struct Golden {
  LevelAlphabet alphabet;
  Levels levels;
  std::int64_t bits, header;
};

TEST(VectorSourceCode, HasTheGoldenSizes) {
  constexpr std::size_t d = 20'000;
  Levels sorted = golden_uniform(d, 20);
  std::ranges::sort(sorted);
  const Golden goldens[] = {{{.s = 1}, golden_geometric(d, 1), 30179, 61},
                            {{.s = 4}, golden_geometric(d, 4), 48422, 163},
                            {{.s = 16}, golden_geometric(d, 16), 51115, 307},
                            {{.s = 1}, golden_sparse(d, 1, 100), 277, 35},
                            {{.s = 4}, golden_sparse(d, 4, 700), 2123, 110},
                            {{.s = 255}, golden_sparse(d, 255, 30000), 104382, 5147},
                            {{.s = 20}, golden_uniform(d, 20), 108291, 664},
                            {{.s = 20}, sorted, 92673, 664},
                            {{.s = 1, .odd = true}, golden_odd(d, 1), 16476, 41},
                            {{.s = 7, .odd = true}, golden_odd(d, 7), 55342, 148},
                            {{.s = 255, .odd = true}, golden_odd(d, 255), 157570, 3087}};
  for (const auto& [alphabet, levels, bits, header] : goldens) {
    EXPECT_EQ(bits_of(alphabet, levels), bits) << alphabet.s << ", " << alphabet.odd;
    EXPECT_EQ(header_bits(alphabet, levels), header);
    expect_round_trip(alphabet, levels);
  }
}

Levels qsgd_levels(std::size_t d, int s, std::uint64_t seed) {
  Qsgd qsgd({{0, d, d}}, s, Qsgd::Norm::l2);
  const StepContext step{.random = random_key(seed)};
  return std::get<Quantized>(qsgd.compress(normal_vector(d, seed), step)).levels;
}

// Means of 40 draws by tests/reference/vsc.py, with the norm. A single draw varies by 1 %; one of
// them had 28,106 bits, where the entropy was 27,914. A code of fixed width has 600,032.
TEST(VectorSourceCode, HasTheExpectedSizeOfGaussianEntries) {
  double bits = 0.0, entropy = 0.0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Levels levels = qsgd_levels(100'000, 16, seed);
    bits += static_cast<double>(32 + bits_of({.s = 16}, levels)) / 40;
    entropy += static_cast<double>(entropy_of_levels(levels, 16)) / 40;
  }
  EXPECT_NEAR(bits / 28'644, 1, 0.01);
  EXPECT_NEAR(entropy / 28'413, 1, 0.01);
  EXPECT_NEAR(bits / entropy, 28'106.0 / 27'914, 0.003);
}

// vsc.py measures at most 1.005 for s = 1, 4, 16, and 1.012 for 255.
TEST(VectorSourceCode, IsWithinTwoPercentOfEntropyAndHeaderForShuffledPositions) {
  for (const int s : {1, 4, 16, 255}) {
    Levels levels = qsgd_levels(100'000, s, 7);
    RandomStream random = stream(3, "shuffled positions");
    for (int trial = 0; trial < 5; ++trial) {
      random.shuffle(std::span(levels));
      const std::int64_t least = entropy_of_levels(levels, s) + header_bits({.s = s}, levels);
      const double over =
          static_cast<double>(bits_of({.s = s}, levels)) / static_cast<double>(least);
      EXPECT_LE(over, 1.02) << s;
      EXPECT_GE(over, 0.99) << s;
    }
  }
}

std::string error_of(LevelAlphabet alphabet, const Bytes& bytes, std::size_t d) {
  try {
    read(alphabet, bytes, d);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(VectorSourceCode, ErrorsNameTheBitAndWhatWasExpected) {
  const Bytes bytes = written({.s = 1}, {0, 0, 0, 0, 0, 1, 0, 0}).bytes;
  EXPECT_EQ(error_of({.s = 1}, bytes, 7), "message, bit 11: the levels are of more than 7 entries");
  EXPECT_EQ(error_of({.s = 1}, bytes, 6), "message, bit 8: the levels are of more than 6 entries");
  EXPECT_EQ(error_of({.s = 1}, bytes, 10),
            "message, bit 11: expected the levels of 2 more entries");
  Bytes longer = bytes;
  longer[1] = 0b0001'1001;  // the quotient is 2: gap 10, where 7 are left
  EXPECT_EQ(error_of({.s = 1}, longer, 8),
            "message, bit 13: a run of more than 7 entries, all that are left");
  EXPECT_EQ(error_of({.s = 1}, Bytes(bytes.begin(), bytes.begin() + 1), 8),
            "message, bit 8: the message ends where 1 more bits were expected");
}

/// Bytes that decode are the only ones of their levels: every number and gap has one code.
void expect_sound(LevelAlphabet alphabet, const Bytes& bytes, std::size_t d) {
  try {
    const Levels levels = read(alphabet, bytes, d);
    for (const int level : levels) {
      ASSERT_LE(std::abs(level), alphabet.s);
      ASSERT_TRUE(!alphabet.odd || level % 2 != 0);
    }
    EXPECT_EQ(written(alphabet, levels).bytes, bytes);
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("message, bit "));
  }
}

TEST(VectorSourceCode, DamagedBytesAreAnErrorOrTheCodeOfOtherLevels) {
  RandomStream random = stream(4, "damage");
  for (const LevelAlphabet alphabet : {LevelAlphabet{.s = 1}, {.s = 4}, {.s = 7, .odd = true}}) {
    for (const double share : {0.2, 0.6, 0.95}) {
      const std::size_t d = 1 + random.below(120);
      const Bytes bytes = written(alphabet, geometric_levels(alphabet, d, share, random)).bytes;
      for (int trial = 0; trial < 2000; ++trial) {
        Bytes damaged = bytes;
        if (trial % 3 == 0) damaged.resize(1 + random.below(2 * bytes.size()));
        for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
          damaged[random.below(damaged.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
        }
        expect_sound(alphabet, damaged, d);
      }
    }
  }
}

TEST(VectorSourceCode, RandomBytesAreAnErrorOrTheCodeOfLevels) {
  RandomStream random = stream(5, "damage");
  for (int trial = 0; trial < 20'000; ++trial) {
    const LevelAlphabet alphabet{.s = 1, .odd = trial % 2 == 0};
    Bytes bytes(1 + random.below(6));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    expect_sound(alphabet, bytes, 1 + random.below(9));
  }
}

TEST(VectorSourceCode, IsNotSelectedWhereItsSizesWereNotRecorded) {
  const EncodingNames older{"values=float32", "levels=fixed", "levels=elias", "levels=entropy"};
  EXPECT_THAT(selected_encodings({.levels = LevelCoding::elias}, older), ElementsAre(0, 2));
  try {
    (void)selected_encodings({.levels = LevelCoding::vsc}, older);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "wire: the messages' sizes under levels=vsc are not known: expected one of fixed, "
                 "elias");
  }
  EXPECT_THAT(selected_encodings({.levels = LevelCoding::vsc}, {"values=float32"}), ElementsAre(0));
  const MessageShape shape{.representation = Representation::quantized};
  EXPECT_THAT(encoding_names(shape), ElementsAre("values=float32", "levels=fixed", "levels=elias",
                                                 "levels=vsc", "levels=entropy"));
}

TEST(VectorSourceCode, SizesOfATraceAreThoseOfTheFormatForEveryAlphabet) {
  Layout layout;
  for (const std::int64_t size : {300, 41, 1}) layout.add("tensor", {size});
  const Vector v = normal_vector(layout.size(), 9);
  for (const bool odd : {false, true}) {
    AlgorithmConfig config{.name = odd ? "laq" : "qsgd"};
    config.set(bucket_parameter, ParameterValue(std::int64_t{100}));
    const MessageShape shape = shape_of(config, layout);
    const auto& kind = odd ? grid_kind : qsgd_kind;
    const Message message =
        kind.make(with_defaults(config), layout)->compress(v, {.random = random_key(9)});
    const WireConfig wire{.levels = LevelCoding::vsc};
    const WireSizes sizes(layout, shape);
    const Transmission sent = sizes.of(message);
    Bits total;
    for (const std::size_t i : selected_encodings(wire, sizes.names())) total += sent.encoded[i];
    EXPECT_EQ(total, make_wire_format(config, wire, layout).size(message));
    EXPECT_EQ(sent.encoded[0], Bits{4 * 32});  // a scale per bucket, one code of all levels
    EXPECT_EQ(sent.encoded[3].value,
              bits_of({.s = shape.most_level, .odd = odd}, std::get<Quantized>(message).levels));
  }
}

}  // namespace
}  // namespace gradwire::algorithms::vector_source_code_test
