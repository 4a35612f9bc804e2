#include "sim/learn/data/samples/augmentation.hpp"

#include <cmath>
#include <numbers>

#include "tests/learn/support.hpp"

namespace gradwire::learn::augmentation_test {
namespace {

std::vector<std::int32_t> sources(const Warp& warp, std::int64_t rows, std::int64_t columns) {
  std::vector<std::int32_t> result(static_cast<std::size_t>(rows * columns));
  source_pixels(warp, rows, columns, result);
  return result;
}

using Pixels = std::vector<std::int32_t>;

TEST(Augmentation, NoWarpIsTheImageItself) {
  EXPECT_EQ(sources({}, 2, 3), (Pixels{0, 1, 2, 3, 4, 5}));
}

TEST(Augmentation, AShiftBringsBlackInFromOutside) {
  EXPECT_EQ(sources({.shift_rows = 1}, 2, 3), (Pixels{3, 4, 5, -1, -1, -1}));
  EXPECT_EQ(sources({.shift_columns = -1}, 2, 3), (Pixels{-1, 0, 1, -1, 3, 4}));
}

TEST(Augmentation, AFlipComesBehindTheCrop) {
  EXPECT_EQ(sources({.flipped = true}, 2, 3), (Pixels{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(sources({.shift_columns = 1, .flipped = true}, 1, 3), (Pixels{-1, 2, 1}));
}

TEST(Augmentation, RotationsTurnAboutTheMiddle) {
  EXPECT_EQ(sources({.radians = std::numbers::pi}, 2, 3), (Pixels{5, 4, 3, 2, 1, 0}));
  const auto quarter = sources({.radians = std::numbers::pi / 2}, 2, 2);
  EXPECT_TRUE(quarter == (Pixels{1, 3, 0, 2}) || quarter == (Pixels{2, 0, 3, 1}));
}

TEST(Augmentation, DrawsStayInRangeAndReachItsEnds) {
  const Augmentation augmentation{.crop_padding = 4, .flip = true, .rotation_degrees = 15};
  RandomStream random = stream(1, "augment");
  int flips = 0;
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
  for (int i = 0; i < 2000; ++i) {
    const Warp warp = draw_warp(augmentation, random);
    flips += warp.flipped ? 1 : 0;
    lowest = std::min({lowest, warp.shift_rows, warp.shift_columns});
    highest = std::max({highest, warp.shift_rows, warp.shift_columns});
    EXPECT_LE(std::abs(warp.radians), 15 * std::numbers::pi / 180);
  }
  EXPECT_EQ(lowest, -4);
  EXPECT_EQ(highest, 4);
  EXPECT_NEAR(flips, 1000, 100);
}

}  // namespace
}  // namespace gradwire::learn::augmentation_test
