#include "sim/algorithms/messages/low_rank.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/team.hpp"

namespace gradwire::algorithms::low_rank_test {
namespace {

using testing::HasSubstr;
using testing_support::values_of;

Vector draws(RandomStream& random, std::size_t n) {
  Vector v(n);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

/// A message of random shape: factored tensors (also empty ranks, single entries) between gaps.
struct Sample {
  explicit Sample(std::uint64_t seed) {
    RandomStream random = stream(seed, "low rank");
    shape.representation = Representation::low_rank;
    shape.ranks_vary = random.below(2) == 0;
    shape.has_scales = random.below(2) == 0;
    shape.held = {
        .left = random.below(3) == 0, .right = random.below(3) == 0, .rest = random.below(3) == 0};
    std::uint32_t offset = 0;
    const auto gap = [&](std::uint32_t least) {
      const auto count = static_cast<std::uint32_t>(least + random.below(9));
      layout.add("vector", {count});  // may be empty
      offset += count;
    };
    gap(1);
    for (std::uint64_t l = random.below(4); l > 0; --l) {
      const auto rows = static_cast<std::uint32_t>(1 + random.below(12));
      const auto columns = static_cast<std::uint32_t>(1 + random.below(12));
      const std::uint32_t most = std::min(rows, columns);
      const auto rank = static_cast<std::uint32_t>(random.below(most + 1));
      layout.add("matrix", {rows, columns});
      shape.tensors.push_back({offset, rows, columns, shape.ranks_vary ? most : rank});
      message.tensors.push_back({offset, rows, columns, rank});
      offset += rows * columns;
      gap(0);
    }
    message.size = offset;
    const LowRankSizes sizes = sizes_of(message.tensors, offset);
    message.left = draws(random, sizes.left);
    message.right = draws(random, sizes.right);
    if (shape.has_scales) message.scales = draws(random, sizes.scales);
    message.rest = draws(random, sizes.rest);
    message.held = shape.held;
  }

  Layout layout;
  MessageShape shape;
  LowRank message{};
};

/// The entries of the definition, in double precision.
std::vector<double> entries_of(const LowRank& message) {
  std::vector<double> v;
  std::size_t left = 0, right = 0, scales = 0, rest = 0;
  for (const FactoredTensor& tensor : message.tensors) {
    while (v.size() < tensor.offset) v.push_back(message.rest[rest++]);
    const std::size_t r = tensor.rank;
    for (std::size_t i = 0; i < tensor.rows; ++i) {
      for (std::size_t j = 0; j < tensor.columns; ++j) {
        double entry = 0.0;
        for (std::size_t k = 0; k < r; ++k) {
          const double s = message.scales.empty() ? 1.0 : message.scales[scales + k];
          entry +=
              s * message.left[left + i * r + k] * message.right[right + k * tensor.columns + j];
        }
        v.push_back(entry);
      }
    }
    left += tensor.rows * r;
    right += tensor.columns * r;
    scales += r;
  }
  while (v.size() < message.size) v.push_back(message.rest[rest++]);
  return v;
}

TEST(LowRank, AddsTheProductsOfItsFactorsAndTheRest) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Sample sample(seed);
    const std::vector<double> expected = entries_of(sample.message);
    const Vector v = values_of(sample.message, sample.message.size);
    for (std::size_t i = 0; i < v.size(); ++i) EXPECT_NEAR(v[i], expected[i], 1e-4) << seed;
  }
}

TEST(LowRank, IsAddedBlockByBlockToTheSameBits) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Sample sample(seed);
    const std::size_t d = sample.message.size;
    RandomStream random = stream(seed, "before");
    const Vector before = draws(random, d);
    Vector whole = before;
    add_to(sample.message, whole);
    for (const std::size_t block : {1U, 3U, 16U, 50U}) {
      Vector sum = before;
      const Message message = sample.message;
      MessageBlocks blocks(message);
      for (std::size_t begin = 0; begin < d; begin += block) {
        blocks.add_to(std::span(sum).subspan(begin, std::min(block, d - begin)), begin);
      }
      ASSERT_EQ(sum, whole);
    }
    Vector nothing = values_of(sample.message, d);
    subtract_from(sample.message, nothing);
    ASSERT_EQ(squared_norm(nothing), 0.0);  // the same roundings in both directions
  }
}

TEST(LowRank, CountsWhatTheReceiverDoesNotHold) {
  LowRank message{.size = 15,
                  .tensors = {{1, 4, 3, 2}},
                  .left = Vector(8),
                  .right = Vector(6),
                  .scales = Vector(2),
                  .rest = Vector(3),
                  .held = {}};
  EXPECT_EQ(values_in(message), 8 + 6 + 2 + 3);
  message.held.left = true;
  EXPECT_EQ(payload_bits(message), Bits{32 * (6 + 2 + 3)});
  message.held = {.right = true, .rest = true};
  EXPECT_EQ(payload_bits(message), Bits{32 * (8 + 2)});
  EXPECT_EQ(stored_bytes(message), Bytes{4 * (8 + 6 + 2 + 3) + 16});
}

TEST(LowRank, IsSummableWhereAllHaveOneFactor) {
  LowRank message{.size = 1, .tensors = {{0, 1, 1, 1}}, .left = {1}, .right = {1}};
  EXPECT_FALSE(is_summable(message));
  message.held.right = true;
  EXPECT_TRUE(is_summable(message));
  EXPECT_TRUE(is_summable(Dense{{1.0F}}));
  EXPECT_TRUE(is_summable(Skip{}));
  EXPECT_FALSE(is_summable(Sparse{}));
}

TEST(LowRank, DecodesToTheSameBitsAndWeighsWhatItSays) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Sample sample(seed);
    const WireFormat format({.header_bytes = static_cast<int>(seed % 3)}, sample.layout,
                            sample.shape);
    const std::vector<std::uint8_t> bytes = format.encode(sample.message);
    const Bits size = format.size(sample.message);
    ASSERT_EQ(Bytes{static_cast<std::int64_t>(bytes.size())}, bytes_for(size));
    ASSERT_EQ(WireSizes(sample.layout, sample.shape).of(sample.message).encoded[0] +
                  Bits{8 * static_cast<std::int64_t>(seed % 3)},
              size);
    if (bytes.size() == seed % 3) continue;  // all parts are held or empty: nothing is sent
    ASSERT_EQ(format.decode(bytes, {}, &sample.message), Message(sample.message)) << seed;
  }
}

TEST(LowRank, EveryTruncationAndExtensionIsAnError) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Sample sample(seed);
    const WireFormat format({}, sample.layout, sample.shape);
    std::vector<std::uint8_t> bytes = format.encode(sample.message);
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      EXPECT_THROW((void)format.decode(std::span(bytes).first(length), {}, &sample.message),
                   InputError);
    }
    bytes.push_back(0);
    EXPECT_THROW((void)format.decode(bytes, {}, &sample.message), InputError);
  }
}

TEST(LowRank, ErrorsNameTheBitAndWhatWasExpected) {
  Layout layout;
  layout.add("matrix", {3, 2});
  const MessageShape shape{
      .representation = Representation::low_rank, .tensors = {{0, 3, 2, 2}}, .ranks_vary = true};
  const WireFormat format({}, layout, shape);
  std::vector<std::uint8_t> bytes = format.encode(
      LowRank{.size = 6, .tensors = {{0, 3, 2, 1}}, .left = {1, 2, 3}, .right = {4, 5}});
  ASSERT_EQ(bytes.size(), 4U + 5 * 4);
  const auto error_of = [&] {
    try {
      (void)format.decode(bytes);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  bytes[0] = 3;
  EXPECT_EQ(error_of(), "message, bit 32: expected a rank of at most 2, found 3");
  bytes[0] = 2;
  EXPECT_EQ(error_of(), "message, bit 192: the message ends within its values");
  bytes[0] = 0;
  EXPECT_EQ(error_of(), "message, bit 32: expected the end of the message");
}

TEST(LowRank, OfOtherTensorsIsRefused) {
  Layout layout;
  layout.add("matrix", {3, 2});
  const MessageShape shape{.representation = Representation::low_rank, .tensors = {{0, 3, 2, 1}}};
  const WireFormat format({}, layout, shape);
  const LowRank good{.size = 6, .tensors = {{0, 3, 2, 1}}, .left = {1, 2, 3}, .right = {4, 5}};
  EXPECT_EQ(format.size(good), Bits{5 * 32});
  LowRank wrong = good;
  wrong.tensors[0].rank = 2;
  EXPECT_THROW((void)format.size(wrong), std::invalid_argument);
  wrong = good;
  wrong.left.pop_back();
  EXPECT_THROW((void)format.size(wrong), std::invalid_argument);
  wrong = good;
  wrong.held.left = true;
  EXPECT_THROW((void)format.size(wrong), std::invalid_argument);
  EXPECT_THROW((void)WireFormat({}, layout, {}).size(good), std::invalid_argument);
}

TEST(LowRank, SurvivesACheckpoint) {
  std::stringstream file;
  const Message message = Sample(7).message;
  SavingArchive saving(file);
  saving(message);
  Message loaded = Skip{};
  LoadingArchive loading(file);
  loading(loaded);
  EXPECT_EQ(loaded, message);
}

}  // namespace
}  // namespace gradwire::algorithms::low_rank_test
