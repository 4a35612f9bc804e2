#include "sim/cost/busy_time.hpp"

#include <gtest/gtest.h>

namespace gradwire::cost::busy_time_test {
namespace {

TEST(BusyTime, CountsOverlapsOnceAndGapsNever) {
  BusyTime busy;
  busy.add({{5.0}, {6.0}});
  busy.add({{1.0}, {3.0}});
  busy.add({{2.0}, {2.5}});
  busy.add({{2.5}, {4.0}});

  EXPECT_DOUBLE_EQ(busy.total().value, 4.0);
}

TEST(BusyTime, IsZeroWithoutIntervals) { EXPECT_EQ(BusyTime().total().value, 0.0); }

}  // namespace
}  // namespace gradwire::cost::busy_time_test
