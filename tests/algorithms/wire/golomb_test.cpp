#include "sim/algorithms/wire/golomb.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

#include "sim/core/random.hpp"
#include "tests/support/on_each_target.hpp"

namespace gradwire::algorithms::golomb_test {
namespace {

class GolombTest : public testing_support::OnEachTarget {};

INSTANTIATE_TEST_SUITE_P(OnTarget, GolombTest,
                         testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return hwy::TargetName(target.param); });

std::int64_t bits_written(const Block& block, const std::vector<std::uint32_t>& indices) {
  std::vector<std::uint8_t> bytes;
  BitWriter writer(bytes);
  write_gaps(writer, block, indices);
  return writer.bits();
}

/// block.kept positions of the block: uniform, or most of them in a tenth of it.
std::vector<std::uint32_t> support(const Block& block, bool clustered, std::uint64_t seed) {
  RandomStream random = stream(seed, "support", block.size);
  std::set<std::uint32_t> indices;
  while (indices.size() < block.kept) {
    const bool anywhere = !clustered || indices.size() % 8 == 0;
    const std::uint64_t range = anywhere ? block.size : block.size / 10 + 1;
    indices.insert(static_cast<std::uint32_t>(block.offset + random.below(range)));
  }
  return {indices.begin(), indices.end()};
}

TEST_P(GolombTest, CountsTheBitsThatItWrites) {
  const std::size_t offset = 1000;
  for (const Block& block : std::vector<Block>{{offset, 1, 1},
                                               {offset, 2, 1},
                                               {offset, 17, 3},
                                               {offset, 640, 64},
                                               {offset, 5000, 129},
                                               {offset, 401408, 4014},
                                               {offset, 1U << 23, 700},  // largest for SIMD
                                               {offset, (1U << 23) + 1, 700}}) {
    for (const bool clustered : {false, true}) {
      if (clustered && block.kept > block.size / 10) continue;
      const auto indices = support(block, clustered, 1);
      EXPECT_EQ(gap_bits(block, indices), bits_written(block, indices))
          << block.size << ", " << clustered;
    }
  }
}

TEST_P(GolombTest, CountsAnyNumberOfGaps) {
  // Covers all remainders with respect to the vector width and to the batch of gaps.
  for (std::size_t kept = 1; kept < 300; ++kept) {
    const Block block{5, 3000, kept};
    const auto indices = support(block, false, kept);
    ASSERT_EQ(gap_bits(block, indices), bits_written(block, indices)) << kept;
  }
}

TEST_P(GolombTest, CountsNeighboursAndEscapes) {
  const Block block{0, 1 << 20, 400};
  std::vector<std::uint32_t> neighbours(400);  // m falls to 1: no remainder
  std::iota(neighbours.begin(), neighbours.end(), 7U);
  std::vector<std::uint32_t> far = neighbours;  // with gaps of many times m
  for (std::size_t i = 100; i < far.size(); i += 100) {
    for (std::size_t j = i; j < far.size(); ++j) far[j] += 200000;
  }
  for (const auto& indices : {neighbours, far}) {
    EXPECT_EQ(gap_bits(block, indices), bits_written(block, indices));
  }
  EXPECT_LT(gap_bits(block, neighbours), 1000);
}

}  // namespace
}  // namespace gradwire::algorithms::golomb_test
