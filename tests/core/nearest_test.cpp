#include "sim/core/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gradwire {
namespace {

TEST(EditDistance, CountsSwapsOnce) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("sasg", "sagsx"), 2U);
  EXPECT_EQ(edit_distance("density", "desnity"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsSlipsAndNothingElse) {
  const std::vector<std::string> known = {"density", "max_delay", "platform.uplink"};
  EXPECT_EQ(nearest("desnity", known), "density");
  EXPECT_EQ(nearest("Max_Delay", known), "max_delay");
  EXPECT_EQ(nearest("uplink", known), "platform.uplink");
  EXPECT_EQ(nearest("speed", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'd'), known), "");
}

}  // namespace
}  // namespace gradwire
