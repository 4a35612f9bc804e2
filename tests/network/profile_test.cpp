#include "sim/network/platforms/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradwire::network::profile_test {
namespace {

using testing::HasSubstr;

TEST(Profile, OfSimGridsFormatIsGood) {
  EXPECT_EQ(profile_problem(ProfileKind::bandwidth, "# comment\n% too\n\n0 1e6\r\n4.5 2e6\n"), "");
  EXPECT_EQ(profile_problem(ProfileKind::state, "PERIODICITY 10\n0 1\n5 0\n"), "");
  EXPECT_EQ(profile_problem(ProfileKind::state, "0 1\n5 0\nLOOPAFTER 3"), "");
  EXPECT_EQ(profile_problem(ProfileKind::state, "STOCHASTIC LOOP\nEXP 0.1 DET 0\n"), "");
  EXPECT_EQ(profile_problem(ProfileKind::latency, "0 0\n"), "");
  EXPECT_EQ(profile_problem(ProfileKind::speed, ""), "");
}

TEST(Profile, WhatSimGridEndsTheProcessOverIsNamed) {
  const auto problem = [](ProfileKind kind, const char* text) {
    return profile_problem(kind, text);
  };
  EXPECT_THAT(problem(ProfileKind::speed, "0 1\n1 0\n"), HasSubstr("line 2: the speed becomes 0"));
  EXPECT_THAT(problem(ProfileKind::bandwidth, "0 -1\n"), HasSubstr("the bandwidth becomes -1"));
  EXPECT_THAT(problem(ProfileKind::latency, "0 -1\n"), HasSubstr("the value is -1"));
  EXPECT_THAT(problem(ProfileKind::state, "PERIODICITY 0\n0 1\n"), HasSubstr("above 0"));
  EXPECT_THAT(problem(ProfileKind::state, "LOOPAFTER\n"), HasSubstr("above 0"));
  EXPECT_THAT(problem(ProfileKind::state, "5 1\n4 0\n"), HasSubstr("comes after 5"));
  EXPECT_THAT(problem(ProfileKind::state, "-1 1\n"), HasSubstr("the date is -1"));
  EXPECT_THAT(problem(ProfileKind::state, "0 1\n9 1\nPERIODICITY 8\n"),
              HasSubstr("before the last"));
  EXPECT_THAT(problem(ProfileKind::state, "0 nan\n"), HasSubstr("both numbers"));
  EXPECT_THAT(problem(ProfileKind::state, "0\n"), HasSubstr("both numbers"));
  EXPECT_THAT(problem(ProfileKind::state, "x y\n"), HasSubstr("both numbers"));
}

}  // namespace
}  // namespace gradwire::network::profile_test
