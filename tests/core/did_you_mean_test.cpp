#include "sim/core/did_you_mean.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gradwire::did_you_mean_test {
namespace {

TEST(EditDistance, CountsSwapsOnce) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("sasg", "sagsx"), 2U);
  EXPECT_EQ(edit_distance("density", "desnity"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(DidYouMean, FindsSlipsAndNothingElse) {
  const std::vector<std::string> known = {"density", "max_delay", "platform.uplink"};
  EXPECT_EQ(did_you_mean("desnity", known), "density");
  EXPECT_EQ(did_you_mean("Max_Delay", known), "max_delay");
  EXPECT_EQ(did_you_mean("uplink", known), "platform.uplink");
  EXPECT_EQ(did_you_mean("speed", known), "");
  EXPECT_EQ(did_you_mean("", known), "");
  EXPECT_EQ(did_you_mean(std::string(1'000'000, 'd'), known), "");
}

}  // namespace
}  // namespace gradwire::did_you_mean_test
