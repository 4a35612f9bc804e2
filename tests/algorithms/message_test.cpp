#include "sim/algorithms/messages/message.hpp"

#include <gtest/gtest.h>

namespace gradwire::algorithms {
namespace {

TEST(PayloadBits, CountThirtyTwoAValueAndNothingElse) {
  EXPECT_EQ(payload_bits(Dense{Vector(407050)}), Bits{13025600});
  EXPECT_EQ(payload_bits(Sparse{{3, 8, 9}, {1.0F, 2.0F, 3.0F}}), Bits{96});
  EXPECT_EQ(payload_bits(Skip{}), Bits{0});
}

}  // namespace
}  // namespace gradwire::algorithms
